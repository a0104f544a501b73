"""History: the file is what promtool takes, and shows on each day what the live exporter shows when that day has just settled."""
import os, re, subprocess

from harness import LONG, Skip, main, need
from test_verdict import WORLDS, fleet
import worlds as w

GROUPS = "?" + "&".join("collect[]=" + group for group in ("day", "window", "summary", "verdict", "domain", "reporter"))
SETTLING = 60 * 3600


def backfill(s, *arguments, clock=w.NOW):
    return s.run("exporter", "backfill", *arguments, clock=clock)


def samples(text):
    """{series: {time: value}}; each series in one piece and rising in time, each family once."""
    out, newest, families = {}, None, []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            families.append(line.split()[2])
        if line.startswith("#"):
            continue
        series, value, time = line.rsplit(" ", 2)
        if series != newest:
            assert series not in out, f"{series} is in two pieces"
        newest = series
        assert not out.get(series) or int(time) > max(out[series]), f"{series} does not rise"
        out.setdefault(series, {})[int(time)] = float(value)
    assert len(families) == len(set(families)), families
    assert text.endswith("# EOF\n")
    return out


def day_number(offset):
    return w.NOW // w.DAY + offset


def test_agrees_with_the_live_page_on_every_day():
    with fleet() as s:
        code, text, err = backfill(s, "--label", "job=tlsrpt", "--label", "instance=127.0.0.1:9817",
                                   "--families", "day,window,summary,verdict,domain,reporter")
        assert code == 0, err
        history = samples(text)
        compared = 0
        for offset in range(-40, -2) if LONG else (-40, -38, -30, -20, -15, -12, -11, -10, -9, -5, -4, -3):
            moment = day_number(offset) * w.DAY + SETTLING
            s.start("exporter", clock=moment + 300)
            live = {}
            for line in s.page(GROUPS).splitlines():
                # The newest report is of now.
                if not line.startswith(("#", "tlsrpt_domain_last_report")):
                    series, value = line.rsplit(" ", 1)
                    live[series] = float(value)
            s.stop("exporter")
            then = {}
            for series, values in history.items():
                if moment in values:
                    plain = re.sub(r'[{,]job="tlsrpt",instance="127.0.0.1:9817"}$', "}", series).replace("{}", "")
                    then[plain if "{" in plain else plain.rstrip("}")] = values[moment]
            wrong = {k: (live.get(k), then.get(k)) for k in live.keys() | then.keys() if live.get(k) != then.get(k)}
            assert not wrong, (offset, len(live), list(wrong.items())[:8])
            compared += len(live)
        assert compared > 12 * len(WORLDS) * 10, compared
        print(f"        {compared} values equal")


def test_promtool_takes_it():
    need("promtool")
    with fleet() as s:
        code, text, err = backfill(s, "--from", w.date(-30), "--to", w.date(-4), "--families", "day,window,summary,verdict,domain,reporter")
        assert code == 0, err
        with open(s.path("hist.om"), "w") as f:
            f.write(text)
        os.makedirs(s.path("blocks/wal"))
        done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "--max-block-duration=720h", "openmetrics", "-q", s.path("hist.om"), s.path("blocks")],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        dump = subprocess.run(["promtool", "tsdb", "dump", s.path("blocks")], capture_output=True, text=True)
        assert dump.returncode == 0, dump.stderr
        wanted = sum(len(values) for values in samples(text).values())
        assert len(dump.stdout.splitlines()) == wanted, (len(dump.stdout.splitlines()), wanted)
        line = next(line for line in dump.stdout.splitlines() if 'tlsrpt_day_sessions' in line and 'domain="clean.example"' in line)
        assert " 200 " in line, line


def test_the_reference_parser_of_openmetrics_takes_it():
    # Debian's python3-prometheus-client belongs to Debian's python3.
    code = "import sys; from prometheus_client.openmetrics import parser; print(sum(len(f.samples) for f in parser.text_string_to_metric_families(sys.stdin.read())))"
    if subprocess.run(["/usr/bin/python3", "-c", "import prometheus_client"], capture_output=True).returncode:
        raise Skip("python3-prometheus-client is missing")
    with fleet() as s:
        text = backfill(s, "--from", w.date(-8))[1]
        done = subprocess.run(["/usr/bin/python3", "-c", code], input=text.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        assert int(done.stdout) == sum(len(values) for values in samples(text).values())


def test_a_file_a_month():
    with fleet() as s:
        os.mkdir(s.path("months"))
        s.own()
        code, out, err = backfill(s, "--split", "month", "--output", s.path("months"))
        assert code == 0, err
        files = sorted(os.listdir(s.path("months")))
        assert out.split() == [s.path("months/" + name) for name in files] and files == ["tlsrpt-2026-05.om", "tlsrpt-2026-06.om"], out
        whole = samples(backfill(s)[1])
        parts = {}
        for name in files:
            with open(s.path("months/" + name)) as f:
                for series, values in samples(f.read()).items():
                    parts.setdefault(series, {}).update(values)
        assert parts == whole


def test_refuses_what_would_be_lost():
    with fleet() as s:
        for arguments, words in ((("--to", w.date(-1)), "too late"), (("--from", "soon"), "is no day"), (("--label", "domain=x"), "have that label"),
                                 (("--label", "9=x"), "NAME=VALUE"), (("--families", "self"), "no history of"), (("--split", "year"), "only \"month\"")):
            code, out, err = backfill(s, *arguments)
            assert code == 64 and words in err and not out, (arguments, code, err)
        code, _, err = backfill(s, "--from", w.date(-3), "--to", w.date(-9))
        assert code == 66 and "no settled day" in err, err
        os.unlink(s.path("store/tlsrpt.db"))
        assert backfill(s)[0] == 66


if __name__ == "__main__":
    main()
