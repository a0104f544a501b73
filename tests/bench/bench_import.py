#!/usr/bin/env python3
"""import beside what a script would do: a folder of small reports into SQLite, from a cold and from a warm page cache.
usage: bench_import.py COLLECTOR [FILES [ROUNDS]]; prints the best seconds and CPU seconds of the rounds, in which both take turns, and the ratio to the script."""
import datetime, glob, gzip, json, os, sqlite3, subprocess, sys, tempfile, time


def write(folder, count):
    for n in range(count):
        date = (datetime.date.today() - datetime.timedelta(days=2 + n % 30)).isoformat()
        document = {"organization-name": f"S{n % 50}", "date-range": {"start-datetime": date + "T00:00:00Z", "end-datetime": date + "T23:59:59Z"}, "contact-info": f"a@s{n // 1800}.example",
                    "report-id": f"r{n}", "policies": [{"policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing", "mx: mx.example.org", "max_age: 86400"],
                                                                  "policy-domain": "example.org", "mx-host": ["mx.example.org"]},
                                                       "summary": {"total-successful-session-count": n, "total-failure-session-count": 1},
                                                       "failure-details": [{"result-type": "certificate-expired", "receiving-mx-hostname": "mx.example.org", "failed-session-count": 1}]}]}
        with open(f"{folder}/r{n:06}.json.gz", "wb") as f:
            f.write(gzip.compress(json.dumps(document).encode(), mtime=0))


def cool(folder):
    """Takes the files out of the page cache."""
    os.sync()
    for path in glob.glob(folder + "/*"):
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def script(folder, store):
    """A commit at the end, one table a kind of row."""
    db = sqlite3.connect(store)
    db.executescript("CREATE TABLE report(id INTEGER PRIMARY KEY, org, contact, rid, begin, end, UNIQUE(org, rid)); CREATE TABLE policy(report, type, domain, good, bad);"
                     "CREATE TABLE detail(report, type, mx, count)")
    for path in sorted(glob.glob(folder + "/*.json.gz")):
        with gzip.open(path) as f:
            d = json.load(f)
        id = db.execute("INSERT INTO report(org, contact, rid, begin, end) VALUES (?, ?, ?, ?, ?)", (d["organization-name"], d["contact-info"], d["report-id"],
                                                                                                    *d["date-range"].values())).lastrowid
        for p in d["policies"]:
            db.execute("INSERT INTO policy VALUES (?, ?, ?, ?, ?)", (id, p["policy"]["policy-type"], p["policy"]["policy-domain"], *p["summary"].values()))
            db.executemany("INSERT INTO detail VALUES (?, ?, ?, ?)", [(id, f["result-type"], f["receiving-mx-hostname"], f["failed-session-count"]) for f in p["failure-details"]])
    db.commit()


def cpu():
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def run(who, collector, folder, base):
    """Seconds, and those of the CPU."""
    with tempfile.TemporaryDirectory(dir=base) as store:
        began, used = time.monotonic(), cpu()
        if who == "script":
            script(folder, store + "/script.db")
        else:
            with open(store + "/conf", "w") as f:
                f.write(f"store = {store}/tlsrpt.db\ndomains = example.org\n[collector]\nallow_root = yes\n")
            subprocess.run([collector, "-c", store + "/conf", "import", folder], stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - began, cpu() - used


def main():
    collector, count, rounds = sys.argv[1], *(int(n) for n in (sys.argv[2:] + ["20000", "3"][len(sys.argv) - 2:]))
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as base:
        folder = base + "/reports"
        os.mkdir(folder)
        write(folder, count)
        for name in ("cold", "warm"):
            took = {"script": [], "import": []}
            for _ in range(rounds):
                for who in took:
                    if name == "cold":
                        cool(folder)
                    took[who].append(run(who, collector, folder, base))
            (script_best, script_cpu), (import_best, import_cpu) = ([min(column) for column in zip(*runs)] for runs in took.values())
            ratios = sorted(b[0] / a[0] for a, b in zip(*took.values()))
            print(f"{name}: {count} files, best of {rounds}: script {script_best:.2f} s ({script_cpu:.2f} CPU), import {import_best:.2f} s ({import_cpu:.2f} CPU), "
                  f"ratio {import_best / script_best:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


main()
