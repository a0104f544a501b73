#!/usr/bin/env python3
"""The verbs at a shell: what they print, and their exit statuses."""
import os, stat
from harness import *


def write(s, name, data):
    os.makedirs(os.path.dirname(s.path(name)), exist_ok=True)
    with open(s.path(name), "wb") as f:
        f.write(data)
    s.own()
    return s.path(name)


def test_import_takes_files_folders_and_standard_input():
    with setup() as s:
        write(s, "in/a.json", json.dumps(report(id="a")).encode())
        write(s, "in/deep/b.json.gz", packed(report(id="b")))
        write(s, "in/notes.txt", b"left alone")
        write(s, "in/bad.json", b"{}")
        code, out, err = s.run("collector", "import", s.path("in"))
        assert code == 65 and "2 stored" in out and "1 refused" in out, (code, out, err)
        assert "bad.json: refused" in out and "missing" in out
        assert s.run("collector", "import", s.path("in/a.json"))[:2] == (0, f"{s.path('in/a.json')}: duplicate\n0 stored, 1 duplicates, 0 conflicts, 0 refused, 0 no reports, 0 unreadable, 0 not stored\n")
        code, out, _ = s.run("collector", "import", "-", stdin=packed(report(id="c")))
        assert code == 0 and "-: stored" in out
        code, out, _ = s.run("collector", "import", s.path("nowhere"))
        assert code == 66 and "nowhere: No such file or directory" in out
        assert s.sql("SELECT count(*) FROM report") == 3


def test_refused_shows_what_and_why():
    with setup() as s:
        write(s, "bad.json", b'{"policies": 7}')
        s.run("collector", "import", s.path("bad.json"))
        code, out, _ = s.run("collector", "refused")
        assert code == 0 and "date-range: missing" in out and "bad.json" in out, out
        code, out, _ = s.run("collector", "refused", "1")
        assert code == 0 and "class     rest" in out
        assert s.run("collector", "--raw", "refused", "1")[1] == '{"policies": 7}'
        assert s.run("collector", "refused", "99")[0] == 66
        assert s.run("collector", "refused", "x")[0] == 64


def test_reparse_takes_in_what_is_ours_now():
    with setup() as s:
        write(s, "late.json", json.dumps(report(domain="late.example")).encode())
        write(s, "bad.json", b"{}")
        s.run("collector", "import", s.path("late.json"), s.path("bad.json"))
        s.config(common="domains = example.org, late.example\n")
        code, out, _ = s.run("collector", "reparse")
        assert code == 0 and "2 tried, 1 taken in" in out, out
        assert s.sql("SELECT count(*) FROM report") == 1 and s.sql("SELECT count(*) FROM ledger") == 1


def test_usage_and_configuration_errors():
    with setup() as s:
        for name in ("collector", "exporter"):
            code, out, _ = s.run(name, "--help")
            assert code == 0 and out.startswith("Usage: tlsrpt-" + name)
            assert s.run(name, "--version")[1].startswith("tlsrpt-" + name + " ")
            assert s.run(name, "no-such-verb")[0] == 64
            assert s.run(name, "check-config")[0] == 0
        s.config(collector="lisen = x")
        code, _, err = s.run("collector", "check-config")
        assert code == 78 and re.search(r"tlsrpt.conf:\d+: unknown key \"lisen\"; did you mean \"listen\"\?", err), err
        assert s.run("collector")[0] == 78
        s.config(common="")
        code, _, err = s.run("collector")
        assert code == 78 and "domains = example.org" in err, err
        assert s.run("exporter")[0] == 78
        os.remove(s.path("tlsrpt.conf"))
        code, _, err = s.run("collector", "check-config")
        assert code == 66 and "tlsrpt.conf: No such file or directory" in err, (code, err)


def test_missing_certificate_stops_the_start():
    with setup() as s:
        os.remove(s.path("server.pem"))
        code, _, err = s.run("collector")
        assert code != 0 and "server.pem" in err, (code, err)
        s.certificate("server")
        s.certificate("other")
        os.replace(s.path("other.key"), s.path("server.key"))
        s.own()
        code, _, err = s.run("collector")
        assert code != 0 and "is not that of the certificate" in err, (code, err)


def test_root_becomes_the_owner_and_does_not_serve():
    if os.getuid() != 0:
        raise Skip("needs root")
    with setup() as s:
        write(s, "a.json", json.dumps(report()).encode())
        done = subprocess.run([s.path("collector"), "-c", s.path("tlsrpt.conf"), "import", s.path("a.json")], capture_output=True)
        assert done.returncode == 0, done
        assert os.stat(s.path("store/tlsrpt.db")).st_uid == s.user.pw_uid
        done = subprocess.run([s.path("collector"), "-c", s.path("tlsrpt.conf")], capture_output=True)
        assert done.returncode == 78 and b"as root" in done.stderr, done


main()
