#!/usr/bin/env python3
"""Nothing that was answered is lost, and nothing is there twice: kill -9, a full disk, a second collector, a reader of another user."""
import concurrent.futures, fcntl, glob, http.client, os, random, resource, signal, subprocess, threading, time
from harness import *

ROUNDS = 50 if LONG else 5


class Load:
    """Threads that post reports of their own and remember which were answered."""

    def __init__(self, s, threads=8):
        self.s, self.answered, self.codes, self.stop = s, set(), [], threading.Event()
        self.threads = [threading.Thread(target=self.send, args=(n,)) for n in range(threads)]
        self.lock, self.next = threading.Lock(), 0
        [t.start() for t in self.threads]

    def number(self):
        with self.lock:
            self.next += 1
            return self.next

    def send(self, n):
        connection = None
        while not self.stop.is_set():
            i = self.number()
            body = packed(report(id=f"r{i}", contact=f"a@s{i // 60}.example", successes=1))
            try:
                connection = connection or http.client.HTTPConnection("::1", self.s.plain, timeout=10)
                connection.request("POST", "/tlsrpt", body)
                answer = connection.getresponse()
                answer.read()
                self.codes.append(answer.status)
                if answer.status == 201:
                    self.answered.add(f"r{i}")
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.02)

    def end(self):
        self.stop.set()
        [t.join() for t in self.threads]


def test_kill_9_in_the_middle_of_a_load():
    with setup(collector="rate_per_minute = 0") as s:
        s.start("collector")
        load = Load(s)
        try:
            for _ in range(ROUNDS):
                time.sleep(random.uniform(0.1, 0.6))
                s.stop("collector", signal.SIGKILL)
                s.start("collector")
        finally:
            load.end()
        s.stop("collector")
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            stored = [r[0] for r in db.execute("SELECT report_id FROM report")]
            lost = load.answered - set(stored)
            assert not lost, f"{len(lost)} of {len(load.answered)} answered reports are lost"
            assert len(stored) == len(set(stored)), "reports are there twice"
            assert db.execute("SELECT sum(successes) FROM day_sum").fetchone()[0] == len(stored)
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert not db.execute("PRAGMA foreign_key_check").fetchall()
        print(f"        {ROUNDS} kills, {len(load.answered)} answered, {len(stored)} stored, none lost, none twice")


def test_a_full_disk_answers_503_and_recovers():
    if os.getuid() != 0:
        raise Skip("needs root to mount a small tmpfs")
    with setup(collector="rate_per_minute = 0") as s:
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0777", "tmpfs", s.path("store")], capture_output=True)
        if mount.returncode:
            raise Skip("no tmpfs can be mounted here")
        try:
            s.own()
            s.start("collector"), s.start("exporter")
            load = Load(s, 4)
            until = time.time() + 60
            while 503 not in load.codes and time.time() < until:
                time.sleep(0.1)
            load.end()
            assert 503 in load.codes, "the disk did not get full"
            fill = s.path("store/ballast")
            code, text = s.post(packed(report(id="full", contact="b@full.example")))
            assert code == 503, (code, text)
            # Space comes back: no restart is needed.
            subprocess.run(["mount", "-o", "remount,size=30m", s.path("store")], check=True)
            assert s.post(packed(report(id="again", contact="b@full.example")))[0] == 201
            s.stop("collector")
            with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
                stored = {r[0] for r in db.execute("SELECT report_id FROM report")}
                deferred = db.execute("SELECT value FROM counter WHERE name = 'deferred' AND other = 'disk_full'").fetchone()
            assert load.answered <= stored and "again" in stored and "full" not in stored
            assert deferred and deferred[0] > 0
        finally:
            for name in list(s.programs):
                s.stop(name, signal.SIGKILL)
            subprocess.run(["umount", s.path("store")])


def test_a_store_on_a_read_only_disk_is_refused_with_a_sentence():
    if os.getuid() != 0:
        raise Skip("needs root to mount a tmpfs")
    with setup() as s:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m,mode=0777", "tmpfs", s.path("store")], capture_output=True).returncode:
            raise Skip("no tmpfs can be mounted here")
        try:
            s.own()
            s.start("collector")
            assert s.post(packed(report(id="before")))[0] == 201
            s.stop("collector")
            # A file that is open for writing keeps it from being so.
            subprocess.run(["mount", "-o", "remount,ro", s.path("store")], check=True)
            process = s.start("collector", wait=False)
            assert process.wait(20) in (71, 75) and "Read-only" in s.log("collector"), (process.returncode, s.log("collector"))
            s.programs.pop("collector")
            code, out, err = s.run("collector", "import", "--keep", "-", stdin=packed(report(id="during")))
            assert code == 75, (code, out, err)
            subprocess.run(["mount", "-o", "remount,rw", s.path("store")], check=True)
            s.start("collector")
            assert s.post(packed(report(id="after")))[0] == 201
            s.stop("collector")
            assert {r[0] for r in s.rows("SELECT report_id FROM report")} == {"before", "after"}
        finally:
            for name in list(s.programs):
                s.stop(name, signal.SIGKILL)
            subprocess.run(["umount", s.path("store")])


def test_damaged_pages_take_nothing_that_is_lost():
    with setup(collector="rate_per_minute = 0") as s:
        s.start("collector")
        for n in range(300):
            assert s.post(packed(report(id="x" * 500 + str(n), contact=f"a@s{n // 60}.example")))[0] == 201
        s.stop("collector")
        path = s.path("store/tlsrpt.db")
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # The pages of reports and of their raw bytes, by their numbers in the file.
            pages = [r[0] for r in db.execute("SELECT rootpage FROM sqlite_schema WHERE name IN ('report', 'raw', 'report_key')")]
        with open(path, "r+b") as f:
            for page in pages:
                f.seek((page - 1) * 4096)
                f.write(b"\xff" * 4096)
        s.start("collector"), s.start("exporter", wait=False)
        status, text = s.post(packed(report(id="now", contact="a@other.example")))
        assert status == 503, (status, text)
        assert "damaged" in s.log("collector") or "malformed" in s.log("collector")
        assert s.run("collector", "check-store")[0] in (65, 71)


def test_a_second_collector_refuses_with_a_sentence():
    with setup() as s:
        s.start("collector")
        code, _, err = s.run("collector", "serve")
        assert code == 75 and "another tlsrpt-collector serves the store" in err, (code, err)
        assert s.run("collector", "reparse")[0] == 0


def test_the_exporter_reads_as_another_user_while_the_collector_is_down():
    if os.getuid() != 0:
        raise Skip("needs root to be two users")
    with setup() as s:
        os.chmod(s.path("store"), 0o2750)
        subprocess.run(["chown", "nobody:daemon", s.path("store")], check=True)
        s.start("collector")
        assert s.post(packed(report()))[0] == 201
        s.stop("collector")
        os.chmod(s.path("tlsrpt.conf"), 0o644)
        s.start("exporter", user="daemon")
        s.wait_value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}', 40)
        s.wait_value('tlsrpt_scrape_collector_success{collector="window"}', 1)
        s.start("collector")
        assert s.post(packed(report(id="id-2")))[0] == 201
        s.wait_value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}', 80)
        s.stop("collector", signal.SIGKILL)
        time.sleep(2)
        assert s.value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}') == 80
        mode = oct(os.stat(s.path("store/tlsrpt.db")).st_mode & 0o7777), oct(os.stat(s.path("store/tlsrpt.db-wal")).st_mode & 0o777)
        assert mode == ("0o640", "0o640"), mode


READER = """
import fcntl, os, sqlite3, sys
path, what = sys.argv[1:]
db = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)
try:
    db.execute("UPDATE report SET report_id = 'forged'")
except sqlite3.OperationalError as error:
    assert "readonly" in str(error), error
else:
    sys.exit("written")
for name in (path, path + "-wal", path + "-shm"):
    try:
        open(name, "r+b")
        sys.exit("opened for writing: " + name)
    except PermissionError:
        pass
if what == "snapshot":
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM report").fetchall()
else:
    shm = os.open(path + "-shm", os.O_RDONLY)
    # The byte that a writer has for itself alone.
    fcntl.lockf(shm, fcntl.LOCK_SH, 1, 120)
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_hostile_reader_of_the_store_can_only_hold_it_up():
    """Of another user, with the group's rights: the exporter, if it were owned."""
    if os.getuid() != 0:
        raise Skip("needs root to be two users")
    with setup(collector="rate_per_minute = 0") as s:
        os.chmod(s.path("store"), 0o2750)
        subprocess.run(["chown", "nobody:daemon", s.path("store")], check=True)
        os.chmod(s.path("tlsrpt.conf"), 0o644)
        s.start("collector"), s.start("exporter", user="daemon")
        sent = 0

        def send(count):
            nonlocal sent
            for _ in range(count):
                sent += 1
                assert s.post(packed(report(id=f"{'x' * 900}{sent}", contact=f"a@s{sent // 60}.example")))[0] == 201

        @contextlib.contextmanager
        def reader(what):
            process = subprocess.Popen(s.as_user(["/usr/bin/python3", "-c", READER, s.path("store/tlsrpt.db"), what], "daemon"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            line = process.stdout.readline()
            assert line == b"ready\n", line + process.stdout.read()
            yield
            process.stdin.close()
            process.wait()

        send(5)
        with reader("lock"):
            status, text = s.post(packed(report(id="held")))
            assert status == 503, (status, text)
        send(5)
        with reader("snapshot"):
            send(300)
            # The log of writes cannot begin anew, which shows.
            s.wait_value("tlsrpt_database_reports", sent)
            assert s.value("tlsrpt_database_wal_size_bytes") > 1048576
        send(5)
        s.stop("collector")
        assert s.sql("SELECT count(*) FROM report WHERE report_id LIKE 'xxx%'") == sent
        assert s.run("collector", "check-store")[0] == 0


def test_without_a_store_the_exporter_waits():
    with setup() as s:
        s.start("exporter")
        assert s.value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}') == 0
        assert s.value('tlsrpt_scrape_collector_success{collector="window"}') == 0
        s.start("collector")
        assert s.post(packed(report()))[0] == 201
        s.wait_value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}', 40)
        # Another file in its place, as after a restored backup.
        s.stop("collector")
        for suffix in ("", "-wal", "-shm"):
            os.remove(s.path("store/tlsrpt.db" + suffix))
        s.start("collector")
        assert s.post(packed(report(successes=3)))[0] == 201
        s.wait_value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}', 3)


def spoil_version(path, version):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA user_version = {version}")


def test_a_store_that_cannot_be_read_is_said_and_waited_for():
    spoils = {
        "no tables yet": lambda path: spoil_version(path, 0),
        "a newer program's": lambda path: spoil_version(path, 99),
        "no database": lambda path: open(path, "wb").write(b"junk" * 4096),
        "not for us": lambda path: os.close(os.open(path, os.O_CREAT, 0)),
    }
    for name, spoil in spoils.items():
        with setup() as s:
            spoil(s.path("store/tlsrpt.db"))
            s.own()
            s.start("exporter")
            for _ in range(2):
                assert s.value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}') == 0, name
                assert s.value('tlsrpt_scrape_collector_success{collector="window"}') == 0, name
                time.sleep(1.2)
            for path in glob.glob(s.path("store/*")):
                os.remove(path)
            s.start("collector")
            assert s.post(packed(report()))[0] == 201
            s.wait_value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}', 40)
            s.stop("exporter")


def start_with_sockets(s, listeners, names, notify=None, program="collector"):
    """A program as a service manager starts it, with sockets handed over. Returns its process."""
    env = dict(os.environ, LISTEN_FDS=str(len(listeners)))
    if names is not None:
        env["LISTEN_FDNAMES"] = names
    if notify:
        env["NOTIFY_SOCKET"] = notify
    # The process that reads LISTEN_PID must have that number: exec keeps it.
    command = ["sh", "-c", "LISTEN_PID=$$ exec \"$@\"", "sh", *s.as_user([s.path(program), "-c", s.path("tlsrpt.conf")])]

    def hand():
        # Apart from 3 and on first, which the listeners may have themselves.
        high = [fcntl.fcntl(l.fileno(), fcntl.F_DUPFD, 100) for l in listeners]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i)
    process = subprocess.Popen(command, env=env, preexec_fn=hand, close_fds=False, stderr=open(s.path(program + ".log"), "ab"))
    s.programs[program] = process
    return process


def listener_on(address="127.0.0.1"):
    listener = socket.socket(socket.AF_INET)
    listener.bind((address, 0))
    listener.listen()
    return listener


def notify_socket(s):
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(s.path("notify"))
    os.chmod(s.path("notify"), 0o777)
    notify.settimeout(20)
    return notify


def test_readiness_and_sockets_are_handed_over():
    with setup() as s:
        notify, listener = notify_socket(s), listener_on()
        process = start_with_sockets(s, [listener], None, s.path("notify"))
        assert notify.recv(4096).startswith(b"READY=1")
        s.https = listener.getsockname()[1]
        assert s.post(packed(report()), host="127.0.0.1")[0] == 201
        # The watchdog is told whenever the main thread does anything.
        for broken in (False, True):
            if broken:
                open(s.path("tlsrpt.conf"), "a").write("nonsense\n")
            process.send_signal(signal.SIGHUP)
            assert notify.recv(4096) == b"WATCHDOG=1"
            assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", notify.recv(4096))
            said = notify.recv(4096)
            assert said.startswith(b"READY=1\nSTATUS=") and (b"expected" in said) == broken, said
        s.stop("collector")
        assert notify.recv(4096) == b"STOPPING=1"


def test_the_watchdog_is_told_as_often_as_it_asks():
    with setup() as s:
        for program in ("collector", "exporter"):
            notify = notify_socket(s)
            env = dict(os.environ, NOTIFY_SOCKET=s.path("notify"), WATCHDOG_USEC="400000")
            s.start(program, env=env)
            assert notify.recv(4096).startswith(b"READY=1")
            assert notify.recv(4096) == b"WATCHDOG=1" and notify.recv(4096) == b"WATCHDOG=1"
            s.stop(program)
            notify.close()
            os.unlink(s.path("notify"))


def test_handed_sockets_are_told_apart_by_name():
    """One is HTTPS and one plain HTTP, in either order; any other name is refused with those that there are."""
    for names in ("https:http", "http:https", "http:tlsrpt-collector.socket"):
        with setup(collector="trusted_proxies = 127.0.0.0/8\n") as s:
            listeners = [listener_on(), listener_on()]
            start_with_sockets(s, listeners, names)
            s.wait_log("collector", "takes reports at")
            plain = names.split(":").index("http")
            s.https = listeners[1 - plain].getsockname()[1]
            assert s.post(packed(report()), host="127.0.0.1")[0] == 201
            body = packed(report(id="id-2"))
            answer = s.raw(b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body, "127.0.0.1", listeners[plain].getsockname()[1])
            assert answer.startswith(b"HTTP/1.1 201 "), answer
            s.stop("collector")
    with setup() as s:
        process = start_with_sockets(s, [listener_on()], "smtp")
        assert process.wait(20) == 78, process.returncode
        assert 'FileDescriptorName is "smtp"; write https, http or submit' in s.log("collector"), s.log("collector")


def test_a_disk_that_fails_to_sync_answers_503():
    library = os.environ.get("TLSRPT_FAILING_SYNC", "")
    if not os.path.exists(library):
        raise Skip("the library that fails to sync is not built")
    with setup() as s:
        flag = s.path("fail")
        shutil.copy(library, s.path("failing_sync.so"))
        s.own()
        s.start("collector", env={**os.environ, "LD_PRELOAD": s.path("failing_sync.so"), "FAIL_SYNC": flag, "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
        assert s.post(packed(report(id="before")))[0] == 201
        open(flag, "w").close()
        for i in range(3):
            assert s.post(packed(report(id=f"during-{i}")))[0] == 503
        os.remove(flag)
        assert s.post(packed(report(id="after")))[0] == 201
        s.stop("collector")
        assert {r[0] for r in s.rows("SELECT report_id FROM report")} == {"before", "after"}
        assert s.run("collector", "check-store")[0] == 0


def test_a_store_that_is_deleted_while_open_takes_nothing_more():
    with setup() as s:
        s.start("collector")
        assert s.post(packed(report(id="kept")))[0] == 201
        for path in glob.glob(s.path("store/tlsrpt.db*")):
            if not path.endswith(".lock"):
                os.rename(path, path.replace("tlsrpt.db", "moved.db"))
        assert s.post(packed(report(id="lost")))[0] == 503
        assert "was deleted or replaced while it was open" in s.log("collector")
        s.stop("collector")
        s.start("collector")
        assert s.post(packed(report(id="new")))[0] == 201
        s.stop("collector")
        with contextlib.closing(sqlite3.connect(s.path("store/moved.db"))) as db:
            assert [r[0] for r in db.execute("SELECT report_id FROM report")] == ["kept"]


def test_a_log_that_is_deleted_or_replaced_while_open_loses_nothing():
    """What was answered 201 is there after kill -9, whatever was done to the files beside the store."""
    def remove(*endings):
        return lambda path: [os.unlink(path + ending) for ending in endings]

    def replace(ending, content):
        def do(path):
            shutil.copy(path + ending, path + ".tmp") if content else open(path + ".tmp", "wb").close()
            os.chmod(path + ".tmp", 0o666)
            os.rename(path + ".tmp", path + ending)
        return do

    for act in (remove("-wal"), remove("-shm"), remove("-wal", "-shm"), replace("-wal", False), replace("-wal", True), replace("-shm", False)):
        with setup() as s:
            s.start("collector")
            answered = [f"before-{n}" for n in range(3)]
            for name in answered:
                assert s.post(packed(report(id=name)))[0] == 201
            act(s.path("store/tlsrpt.db"))
            for n in range(3):
                if s.post(packed(report(id=f"after-{n}")))[0] == 201:
                    answered.append(f"after-{n}")
            assert "was deleted or replaced while it was open" in s.log("collector")
            s.stop("collector", signal.SIGKILL)
            s.own()
            s.start("collector")
            assert s.post(packed(report(id="new")))[0] == 201
            found = {row[0] for row in s.rows("SELECT report_id FROM report")}
            assert found >= {*answered, "new"}, (act, answered, found)
            code, out, err = s.run("collector", "check-store")
            assert code == 0, (out, err)


def test_a_store_of_a_newer_program_is_left_alone():
    with setup() as s:
        s.start("collector")
        s.stop("collector")
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            db.execute("PRAGMA user_version = 99")
        for arguments in ((), ("refused",)):
            code, _, err = s.run("collector", *arguments)
            assert code != 0 and "has version 99" in err and "install a newer one" in err, (code, err)
        s.start("exporter")
        s.wait_value('tlsrpt_scrape_collector_success{collector="self"}', 0)
        assert s.sql("PRAGMA user_version") == 99


def test_a_clock_that_was_set_back_takes_nothing():
    with setup() as s:
        now = int(time.time())
        s.start("collector", clock=now + 7200)
        assert s.post(packed(report(id="ahead")), context=ssl._create_unverified_context())[0] == 201
        s.stop("collector")
        s.start("collector")
        status, text = s.post(packed(report(id="behind")))
        assert status == 503, (status, text)
        assert s.sql("SELECT count(*) FROM report") == 1
        assert "clock" in s.log("collector")


def test_a_clock_that_is_years_ahead_deletes_nothing():
    """As of a machine that has not asked for the time yet. When it is right the store is told so."""
    with setup() as s:
        s.start("collector")
        assert s.post(packed(report(id="before")))[0] == 201
        s.stop("collector")
        s.start("collector", clock=int(time.time()) + 3 * 365 * DAY)
        # Too old by now, and kept for later.
        status, text = s.post(packed(report(id="during")), context=ssl._create_unverified_context())
        assert status in (200, 201), (status, text)
        time.sleep(3)
        s.stop("collector")
        assert [r[0] for r in s.rows("SELECT report_id FROM report")] == ["before"]
        s.start("collector"), s.start("exporter")
        status, text = s.post(packed(report(id="after")))
        assert status == 503, (status, text)
        assert "run check-store --repair" in s.log("collector")
        code, out, err = s.run("collector", "--repair", "check-store")
        assert code == 0 and "times in the future" in out, (code, out, err)
        assert s.post(packed(report(id="after")))[0] == 201
        code, out, err = s.run("collector", "reparse")
        assert code == 0, (code, out, err)
        assert {r[0] for r in s.rows("SELECT report_id FROM report")} == {"before", "during", "after"}
        s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 3)


def answered(s, process, tls):
    """Whether a report is answered on that listener in a few seconds."""
    body = packed(report(id=f"{time.time()}"))
    until = time.time() + 10
    while True:
        with contextlib.suppress(OSError):
            if tls and s.post(body)[0] == 201:
                break
            if not tls and b" 201 " in s.raw(b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)):
                break
        assert time.time() < until and process.poll() is None, (tls, s.log("collector"))
        time.sleep(0.2)


def test_descriptors_that_run_out_come_back():
    """Those who hold them give way, on each listener; and when they have gone nothing is left of it."""
    for kept in (False, True):
        with setup(collector="connections = 1000\nconnections_per_address = 0\nrequest_time = 120") as s:
            need("prlimit")
            process = subprocess.Popen(s.as_user(["prlimit", "--nofile=64", s.path("collector"), "-c", s.path("tlsrpt.conf")]), stderr=open(s.path("collector.log"), "ab"))
            s.programs["collector"] = process
            until = time.time() + 20
            while "takes reports at" not in s.log("collector"):
                assert time.time() < until and process.poll() is None, s.log("collector")
                time.sleep(0.05)
            for tls in (False, True):
                held = [socket.create_connection(("::1", s.https if tls else s.plain), 10) for _ in range(100)]
                if kept:
                    answered(s, process, False), answered(s, process, True)
                for connection in held:
                    connection.close()
                answered(s, process, False), answered(s, process, True)
            s.stop("collector")


def test_descriptors_that_others_took_come_back():
    """While there are none, connections wait; then idle ones give way, after whose end libmicrohttpd asks again."""
    with setup(collector="request_time = 120") as s:
        need("prlimit")
        process = s.start("collector")

        def allow(descriptors):
            subprocess.run(s.as_user(["prlimit", f"--pid={process.pid}", f"--nofile={descriptors}:"]), check=True)

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        held = []
        for _ in range(8):
            held.append(http.client.HTTPConnection("::1", s.plain, timeout=20))
            held.append(http.client.HTTPSConnection("::1", s.https, timeout=20, context=s.tls()))
            for connection in held[-2:]:
                connection.request("POST", "/tlsrpt", b"")
                connection.getresponse().read()
        # Fewer than are open; poll() takes no more entries than that.
        allow(20)
        waiting = [socket.create_connection(("::1", port), 10) for port in (s.plain, s.https) for _ in range(4)]
        s.wait_log("collector", "Too many open files")
        time.sleep(1)
        allow(limit)
        answered(s, process, False), answered(s, process, True)
        for connection in held + waiting:
            connection.close()
        s.stop("collector")


main()
