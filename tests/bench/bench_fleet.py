#!/usr/bin/env python3
"""The exporter with fleets of domains that have 90 days of history: what a verdict costs, the first scrape, a scrape from
memory, one new report, a day's change. Each beside a floor of the same run: SQLite alone reading the same rows.

Usage: bench_fleet.py BUILD_FOLDER [DOMAINS...]     (10 1000 100000 when left out)"""
import datetime
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
LOOK_BACK = 59  # days that a verdict reads: 56, and three confirmations
PORT = 29818


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(*command, **more):
    """Seconds of CPU of a command."""
    before = cpu_of_children()
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode > 2:
        sys.exit(f"{command}: {done.stderr}")
    return cpu_of_children() - before


def ticks(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until_idle(pid):
    """CPU seconds once a process has not used any for longer than the exporter rests between two looks at the store."""
    used, since = ticks(pid), time.monotonic()
    while time.monotonic() - since < 12:
        time.sleep(0.05)
        now = ticks(pid)
        if now - used > 0.02:
            used, since = now, time.monotonic()
    return ticks(pid)


def memory(pid, what):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(what + r":\s+(\d+) kB", f.read())[1]) // 1024


def scrape(query="", gzip=True):
    headers = {"Accept-Encoding": "gzip"} if gzip else {}
    start = time.monotonic()
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORT}/metrics{query}", headers=headers), timeout=120) as answer:
        body = answer.read()
    return time.monotonic() - start, len(body), body


def floor(store):
    """CPU seconds of SQLite alone for the rows that the verdicts read."""
    start = time.process_time()
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    last = db.execute("SELECT max(day) FROM day_sum").fetchone()[0]
    columns = "domain_id, policy_type, reporter_id, count_as, policy_id, trials, refused, unusable, dane, elements, untested"
    count = db.execute(f"SELECT count(*) FROM (SELECT {columns} FROM day_sum WHERE day > ? ORDER BY day)", (last - LOOK_BACK,)).fetchone()[0]
    db.execute("SELECT " + ", ".join(f"sum({c})" for c in columns.split(", ")) + " FROM day_sum WHERE day > ?", (last - LOOK_BACK,)).fetchone()
    return time.process_time() - start, count


def one_report():
    day = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).date().isoformat()
    return {"organization-name": "Google", "contact-info": "x@google.com", "report-id": "bench",
            "date-range": {"start-datetime": day + "T00:00:00Z", "end-datetime": day + "T23:59:59Z"},
            "policies": [{"policy": {"policy-type": "sts", "policy-domain": "d000007.example", "policy-string": ["version: STSv1", "mode: testing", "mx: mx1.d000007.example"]},
                          "summary": {"total-successful-session-count": 50, "total-failure-session-count": 0}}]}


def recent_sessions():
    page = scrape("?domain=d000007.example&collect[]=recent", gzip=False)[2].decode()
    return int(re.search(r'^tlsrpt_recent_sessions{.*policy_type="sts"} (\d+)$', page, re.M)[1])


def measure(build, folder, domains):
    collector, exporter = build + "/collector/tlsrpt-collector", build + "/exporter/tlsrpt-exporter"
    store, conf = f"{folder}/t.db", f"{folder}/conf"
    with open(conf, "w") as f:
        f.write(f"store = {store}\ndomains = *\nmax_admitted_domains = 10000000\nlog_level = notice\n[collector]\nallow_root = yes\n"
                f"[exporter]\nlisten = 127.0.0.1:{PORT}\nmax_domains = 10000000\n")
    subprocess.run([collector, "-c", conf, "import", "-"], input=b"{}", capture_output=True)
    subprocess.run([sys.executable, HERE + "/fleet.py", store, str(domains)], check=True)
    least, rows = floor(store)
    used = run(exporter, "-c", conf, "verdict")
    print(f"  verdicts of all          {used:8.2f} s CPU, {domains / used:8.0f}/s; floor, SQLite alone for {rows} rows: {least:.2f} s; ratio {used / least:.2f}")
    start = time.monotonic()
    with open(folder + "/log", "wb") as log:
        process = subprocess.Popen([exporter, "-c", conf], stderr=log)
    try:
        while b"answers" not in open(folder + "/log", "rb").read():
            if process.poll() is not None:
                sys.exit(open(folder + "/log").read())
            time.sleep(0.02)
        print(f"  start to first answer    {time.monotonic() - start:8.2f} s, {memory(process.pid, 'VmHWM')} MiB at most, {memory(process.pid, 'VmRSS')} MiB then")
        measure_scrapes(domains)
        return measure_changes(process, collector, conf, least)
    finally:
        process.terminate()
        process.wait()


def measure_scrapes(domains):
    summary = "?collect[]=summary"
    took, size, _ = scrape(summary)
    again, _, _ = scrape(summary)
    print(f"  scrape of summary, gzip  {took * 1000:8.1f} ms rendered, {again * 1000:.1f} ms from memory, {size} bytes")
    took, size, _ = scrape(summary, gzip=False)
    again, _, _ = scrape(summary, gzip=False)
    print(f"  the same, plain          {took * 1000:8.1f} ms rendered, {again * 1000:.1f} ms from memory, {size} bytes")
    if domains <= 1000:
        took, size, _ = scrape()
        again, _, _ = scrape()
        print(f"  the whole page, gzip     {took * 1000:8.1f} ms rendered, {again * 1000:.1f} ms from memory, {size} bytes")


def measure_changes(process, collector, conf, least):
    """A report, and a day that settles; the latter's ratio to the floor."""
    sessions = recent_sessions()
    before = until_idle(process.pid)
    subprocess.run([collector, "-c", conf, "import", "-"], input=json.dumps(one_report()).encode(), capture_output=True)
    after = until_idle(process.pid)
    shown = recent_sessions()
    if shown != sessions + 50:
        sys.exit(f"the new report does not show: {sessions} sessions before, {shown} after")
    print(f"  one new report           {(after - before) * 1000:8.1f} ms CPU until it shows (ticks of 10 ms)")
    process.send_signal(signal.SIGHUP)
    reloaded = until_idle(process.pid)
    print(f"  all anew, as each day    {reloaded - after:8.2f} s CPU; ratio {(reloaded - after) / least:.2f}")
    return (reloaded - after) / least


def main():
    build = os.path.abspath(sys.argv[1])
    worst = 0
    for domains in [int(n) for n in sys.argv[2:]] or [10, 1000, 100000]:
        folder = tempfile.mkdtemp(prefix="tlsrpt-bench.")
        print(f"{domains} domains, 90 days, two reporters")
        ratio = measure(build, folder, domains)
        # Small fleets are all start-up.
        if domains >= 1000:
            worst = max(worst, ratio)
        shutil.rmtree(folder)
    if worst > 10:
        sys.exit(f"the ratio to SQLite alone is {worst:.1f}, over 10")


if __name__ == "__main__":
    main()
