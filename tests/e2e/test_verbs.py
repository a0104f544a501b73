#!/usr/bin/env python3
"""The verbs at a shell: what they print, and their exit statuses."""
import os, stat
from mail import *


def write(s, name, data):
    os.makedirs(os.path.dirname(s.path(name)), exist_ok=True)
    with open(s.path(name), "wb") as f:
        f.write(data)
    s.own()
    return s.path(name)


def write_only(s, name, data):
    """The same of one of many: own() follows."""
    os.makedirs(os.path.dirname(s.path(name)), exist_ok=True)
    with open(s.path(name), "wb") as f:
        f.write(data)


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


def test_import_takes_messages():
    with setup() as s:
        write(s, "in/a.eml", message("a"))
        write(s, "in/md/cur/1.x:2,S", message("b"))
        write(s, "in/md/new/2.x", message("c").replace(b"\r\n", b"\n"))
        write(s, "in/md/tmp/3.x", message("never"))
        write(s, "in/md/.Old/cur/4.x:2,", message("d"))
        code, out, err = s.run("collector", "import", s.path("in"))
        assert code == 0 and "4 stored" in out, (code, out, err)
        write(s, "box", b"".join(b"From x Wed Nov 25 10:00:00 2026\n" + message(i).replace(b"\r\n", b"\n") + b"\n" for i in ("e", "f")) + b"From x\nSubject: spam\n\nBuy.\n")
        code, out, err = s.run("collector", "import", s.path("box"))
        assert code == 0 and "2 stored" in out and "1 no reports" in out and "box:2: stored, dkim unsigned" in out and "box:3: ignored" in out, (code, out, err)
        # Two reports in one message are two inputs.
        two = message("g").replace(b"--limit--", b"--limit\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + json.dumps(report(id="h")).encode() + b"\r\n--limit--")
        code, out, err = s.run("collector", "import", "-", stdin=two)
        assert code == 0 and "2 stored" in out, (code, out, err)
        assert {r[0] for r in s.rows("SELECT report_id FROM report")} == set("abcdefgh")


class Import:
    """One that runs until it is told to go on: another one has the store. Its files are open, and those before them read."""

    def __init__(self, s, *paths):
        self.s, self.lock = s, sqlite3.connect(s.path("store/tlsrpt.db"), isolation_level=None)
        self.lock.execute("BEGIN IMMEDIATE")
        self.process = subprocess.Popen(s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf"), "import", *paths]), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def has_open(self, path):
        found = set()
        with contextlib.suppress(OSError):
            folder = f"/proc/{self.process.pid}/fd"
            for fd in os.listdir(folder):
                with contextlib.suppress(OSError):
                    found.add(os.readlink(f"{folder}/{fd}"))
        return path in found

    def wait_for(self, path):
        until = time.time() + 60
        while not self.has_open(path):
            assert self.process.poll() is None and time.time() < until, (path, self.process.communicate() if self.process.poll() is not None else "")
            time.sleep(0.01)

    def go_on(self):
        self.lock.execute("ROLLBACK")
        self.lock.close()
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out.decode(), err.decode()


def test_import_prints_in_the_order_of_the_paths():
    """However many threads read, and whatever takes longer: messages, large reports, what cannot be read."""
    with setup() as s:
        wanted = []
        for n in range(300):
            name, data, said = {0: (f"{n:03}.json", b"{", "refused"), 1: (f"{n:03}.eml", message(f"m{n}", contact=f"a@m{n}.example", body=b"{"), "refused"),
                                2: (f"{n:03}.json", json.dumps({**report(id=f"r{n}", contact=f"a@r{n}.example"), "x": "y" * 400000 * (n % 20 == 2), "policies": 7}).encode(), "refused"),
                                3: (f"{n:03}.json.gz", b"\x1f\x8b junk", "refused"), 4: (f"{n:03}.json", packed(report(id=f"r{n}", contact=f"a@r{n}.example")), None)}[n % 5]
            write(s, f"in/{name}", data)
            if said:
                wanted.append((s.path(f"in/{name}"), said))
        os.mkdir(s.path("in/150"))
        os.chmod(s.path("in/150"), 0)
        wanted.insert(120, (s.path("in/150"), "Permission denied"))
        box = write(s, "box", b"".join(b"From x Wed Nov 25 10:00:00 2026\n" + message(f"b{n}").replace(b"\r\n", b"\n") + b"\n" for n in range(20)))
        paths = [s.path("in"), s.path("in/004.json"), box, s.path("none.json"), s.path("in/001.eml")]
        code, out, err = s.run("collector", "import", *paths)
        wanted += [(paths[1], "duplicate"), *((f"{box}:{n + 1}", "stored") for n in range(20)), (paths[3], "No such file"), (paths[4], "refused")]
        lines = out.splitlines()
        assert code == 66 and len(lines) == len(wanted) + 1, (code, len(lines), len(wanted), err)
        for line, (path, said) in zip(lines, wanted):
            assert line.startswith(path + ": ") and said in line, (line, path, said)
        assert lines[-1].startswith("80 stored, 1 duplicates, 0 conflicts, 241 refused, 0 no reports, 2 unreadable"), lines[-1]


def test_import_says_which_files_change_meanwhile():
    """One that is written to after it was opened, and one that is gone before."""
    with setup() as s:
        for n in range(1500):
            write_only(s, f"in/{n:04}.json", json.dumps(report(id=f"r{n}", contact=f"a@r{n // 50}.example")).encode())
        s.own()
        s.run("collector", "import", "-", stdin=b"{}")
        run = Import(s, s.path("in"))
        # So many are in hand while nothing is stored: they are read, and the next ones open.
        run.wait_for(s.path("in/0800.json"))
        with open(s.path("in/0800.json"), "ab") as f:
            f.write(b" ")
        os.remove(s.path("in/1400.json"))
        code, out, err = run.go_on()
        assert code == 66 and "1498 stored" in out and "2 unreadable" in out, (code, out, err)
        lines = out.splitlines()
        assert lines[0] == s.path("in/0800.json") + ": it changed while it was read" and lines[1] == s.path("in/1400.json") + ": No such file or directory", lines


def test_import_stops_between_two_batches():
    """What it says is stored; the rest is not begun."""
    with setup() as s:
        for n in range(3000):
            write_only(s, f"in/{n:04}.json", json.dumps(report(id=f"r{n}", contact=f"a@r{n // 50}.example")).encode())
        s.own()
        s.run("collector", "import", "-", stdin=b"{}")
        for number in (signal.SIGINT, signal.SIGTERM):
            before = s.sql("SELECT count(*) FROM report")
            run = Import(s, s.path("in"))
            run.wait_for(s.path("in/0800.json"))
            run.process.send_signal(number)
            time.sleep(0.5)
            code, out, err = run.go_on()
            assert code == -number and "run it again for the rest" in err, (code, out, err)
            stored, duplicates = (int(word) for word in re.match(r"(\d+) stored, (\d+) duplicates", out.splitlines()[-1]).groups())
            assert stored + before == s.sql("SELECT count(*) FROM report") and duplicates <= before and 256 <= stored + duplicates < 1500, (out, before)
        code, out, err = s.run("collector", "import", s.path("in"))
        assert code == 0 and s.sql("SELECT count(*) FROM report") == 3000, (code, out, err)


def full(s, program, *arguments, stdin=None):
    """A verb whose standard output is a full disk: its exit status and what it says of it."""
    with open("/dev/full", "wb") as out:
        done = subprocess.run(s.as_user([s.path(program), "-c", s.path("tlsrpt.conf"), *arguments]), input=stdin, stdout=out, stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode()


def test_output_that_cannot_be_written_is_no_success():
    with setup() as s:
        s.run("collector", "import", "-", stdin=packed(report(id="a")))
        s.run("collector", "import", "-", stdin=b"{}")
        for program, arguments in (
            ("collector", ("--version",)), ("collector", ("--help",)), ("collector", ("reports",)), ("collector", ("refused",)),
            ("collector", ("refused", "1", "--raw")), ("collector", ("check-store",)), ("collector", ("check-config",)), ("collector", ("reparse",)),
            ("collector", ("backup", s.path("store/copy.db"))), ("collector", ("import", s.path("tlsrpt.conf"))),
            ("exporter", ("--version",)), ("exporter", ("--help",)), ("exporter", ("verdict",)), ("exporter", ("backfill",)), ("exporter", ("check-config",)),
        ):
            code, err = full(s, program, *arguments)
            assert code >= 64 and "standard output is not complete" in err, (program, arguments, code, err)
        # A mail pipe bounces nothing because nobody listened.
        assert full(s, "collector", "import", "--keep", "-", stdin=packed(report(id="b")))[0] == 0
        assert s.sql("SELECT count(*) FROM report") == 2


def test_a_mail_pipe_hears_what_to_do():
    with setup() as s:
        pipe = lambda data, *more: s.run("collector", "import", *more, "-", stdin=data)[0]
        assert pipe(b"From sender@x Wed Nov 25 10:00:00 2026\n" + message("a")) == 0
        assert pipe(message("a")) == 0
        assert pipe(b"Subject: no report\r\n\r\nx\r\n") == 0
        bad = message("bad", body=b"\x1f\x8bx")
        assert pipe(bad) == 65 and pipe(bad, "--keep") == 0
        assert s.sql("SELECT times FROM ledger") == 2
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"), isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            assert pipe(message("b")) == 75 and pipe(message("b"), "--keep") == 75
            db.execute("ROLLBACK")
        assert pipe(message("b")) == 0 and s.sql("SELECT count(*) FROM report") == 2
        # What an administrator broke is no reason to return mail.
        s.config(common="domains =\n")
        assert pipe(message("c")) == 78 and pipe(message("c"), "--keep") == 75


def test_reparse_reads_a_message_again():
    with setup() as s:
        write(s, "fwd.eml", b"Subject: Fwd\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n" + message("a") + b"\r\n--a--\r\n")
        code, out, _ = s.run("collector", "import", s.path("fwd.eml"))
        assert code == 65 and "forwarded message" in out, out
        code, out, _ = s.run("collector", "reparse")
        assert code == 0 and "1 tried, 0 accepted" in out, out
        # As if an older version had not found the report in it.
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            db.execute("UPDATE ledger SET data = ?", (message("a"),))
            db.commit()
        code, out, _ = s.run("collector", "reparse")
        assert code == 0 and "1 tried, 1 accepted" in out, out
        assert s.sql("SELECT count(*) FROM report") == 1 and s.sql("SELECT count(*) FROM ledger") == 0


def test_reparse_loses_no_part_of_a_message():
    """One part is good and the other not, in either order: one report, and a row for the other."""
    for first in ("good", "bad"):
        with setup() as s:
            write(s, "fwd.eml", b"Subject: Fwd\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n" + message("a") + b"\r\n--a--\r\n")
            assert s.run("collector", "import", s.path("fwd.eml"))[0] == 65
            parts = [b"Content-Type: application/tlsrpt+json\r\n\r\n" + json.dumps(report(id="good")).encode(), b"Content-Type: application/tlsrpt+json\r\n\r\n{\"policies\": 7}"]
            if first == "bad":
                parts.reverse()
            both = b"Subject: Report Domain: example.org\r\nContent-Type: multipart/report; report-type=tlsrpt; boundary=a\r\n\r\n" + b"".join(b"--a\r\n" + part + b"\r\n" for part in parts) + b"--a--\r\n"
            with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
                db.execute("UPDATE ledger SET data = ?", (both,))
                db.commit()
            s.run("collector", "reparse")
            assert {r[0] for r in s.rows("SELECT report_id FROM report")} == {"good"}, first
            rows = s.rows("SELECT CAST(data AS TEXT) FROM ledger")
            assert [r[0] for r in rows] == ['{"policies": 7}'], (first, rows)
            s.run("collector", "reparse")
            assert s.sql("SELECT count(*) FROM ledger") == 1


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
        assert code == 0 and "2 tried, 1 accepted" in out, out
        assert s.sql("SELECT count(*) FROM report") == 1 and s.sql("SELECT count(*) FROM ledger") == 1


def test_usage_and_configuration_errors():
    with setup() as s:
        for name in ("collector", "exporter"):
            code, out, _ = s.run(name, "--help")
            assert code == 0 and out.startswith("Usage: tlsrpt-" + name)
            assert s.run(name, "--version")[1].startswith("tlsrpt-" + name + " ")
            assert s.run(name, "no-such-verb")[0] == 64
            assert s.run(name, "check-config")[0] == 0
        # An option that is not the verb's, an argument too many or too few.
        for arguments, said in ((("poll", "--raw"), "poll does not take --raw"), (("--again", "reports"), "reports does not take --again"),
                                (("serve", "now"), "serve takes no arguments"), (("backup",), "backup takes an argument")):
            code, _, err = s.run("collector", *arguments)
            assert code == 64 and said in err, (arguments, code, err)
        # Nothing of that is a reason to return mail.
        for arguments in (("submit", "a", "b"), ("submit", "--no-such"), ("import", "--keep"), ("import", "--keep", "--raw", "-")):
            assert s.run("collector", *arguments, stdin=message("a"))[0] == 75, arguments
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
        assert code == 78 and "tlsrpt.conf: No such file or directory" in err, (code, err)


def test_missing_certificate_stops_the_start():
    with setup() as s:
        os.remove(s.path("server.pem"))
        code, _, err = s.run("collector")
        assert code != 0 and "server.pem" in err, (code, err)
        code, _, err = s.run("collector", "check-config")
        assert code == 78 and re.search(r"tlsrpt.conf:\d+: .*server.pem", err), (code, err)
        s.certificate("server")
        s.certificate("other")
        os.replace(s.path("other.key"), s.path("server.key"))
        s.own()
        code, _, err = s.run("collector")
        assert code != 0 and "is not that of the certificate" in err, (code, err)


def test_a_missing_configuration_is_a_wrong_one():
    """A supervisor does not start it again for ever: 78, of both programs and each verb."""
    with setup() as s:
        os.rename(s.path("tlsrpt.conf"), s.path("elsewhere"))
        for program, verbs in (("collector", ("serve", "check-config", "reports", "poll", "reparse", "check-store")), ("exporter", ("serve", "check-config", "verdict", "backfill"))):
            for verb in verbs:
                code, _, err = s.run(program, verb)
                assert code == 78 and "tlsrpt.conf: No such file or directory" in err, (program, verb, code, err)


def test_a_key_that_cannot_be_read_is_said_with_its_cure():
    with setup() as s:
        if not s.user:
            raise Skip("needs root, to be another user")
        os.chown(s.path("server.key"), 0, 0)
        os.chmod(s.path("server.key"), 0o600)
        code, _, err = s.run("collector", "check-config")
        assert code == 78 and "key: " in err and "server.key: Permission denied; the user with uid " in err and "must be able to read it" in err, (code, err)
        os.remove(s.path("server.key"))
        code, _, err = s.run("collector", "check-config")
        assert code == 78 and "server.key: No such file or directory" in err, (code, err)


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


def as_root(s, *arguments, **more):
    done = subprocess.run([s.path("collector"), "-c", s.path("tlsrpt.conf"), *arguments], capture_output=True, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_root_hears_what_the_stores_owner_may_not():
    """The pages' backup and import, as root: what fails names the user and the cure, and the cure works."""
    if os.getuid() != 0:
        raise Skip("needs root")
    with setup() as s, tempfile.TemporaryDirectory() as closed:
        # As /root and /var/backups are.
        os.makedirs(closed + "/old-reports"), os.makedirs(closed + "/backups")
        os.chmod(closed + "/old-reports", 0o755), os.chmod(closed + "/backups", 0o755)
        with open(closed + "/old-reports/a.json", "w") as f:
            json.dump(report(), f)
        for arguments in (("old-reports/",), ("old-reports/a.json",), (closed + "/old-reports",)):
            code, out, err = as_root(s, "import", *arguments, cwd=closed)
            assert code == 66 and "Permission denied" in out and "root became nobody" in err and "import - <FILE" in err, (arguments, code, out, err)
        with open(closed + "/old-reports/a.json") as f:
            assert as_root(s, "import", "-", stdin=f)[0] == 0
        assert s.sql("SELECT count(*) FROM report") == 1
        os.chmod(closed, 0o755)
        code, out, err = as_root(s, "import", "old-reports/", cwd=closed)
        assert code == 0 and "root became" not in err, (code, out, err)
        # Without root nobody became anybody.
        os.chmod(closed + "/old-reports", 0o700)
        code, out, err = s.run("collector", "import", closed + "/old-reports")
        assert code == 66 and "root became" not in err, (code, out, err)
        for path in (closed + "/backups/tlsrpt.db", closed + "/none/tlsrpt.db", "tlsrpt.db"):
            code, out, err = as_root(s, "backup", path, cwd=closed)
            folder = os.path.dirname(path) + "/" if "/" in path else "."
            assert code != 0 and f"{folder}: nobody, the owner of the store" in err and f"install -d -o nobody -m 750 {folder}" in err, (path, code, err)
        subprocess.run(["install", "-d", "-o", "nobody", "-m", "750", closed + "/backups"], check=True)
        code, out, err = as_root(s, "backup", closed + "/backups/tlsrpt.db")
        assert code == 0 and "1 reports, checked" in out, (code, out, err)


main()
