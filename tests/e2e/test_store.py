#!/usr/bin/env python3
"""Copies of the store and the question whether it is whole, beside a collector that goes on writing."""
import os, pwd, shutil, signal, sqlite3, subprocess, threading, time

from harness import *


def count(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return db.execute("SELECT count(*) FROM report").fetchone()[0]


@contextlib.contextmanager
def load(s):
    """Somebody posts all the while; yields the number of answers so far."""
    answered, stop = [0], threading.Event()

    def post():
        context = s.tls()
        while not stop.is_set():
            status, _ = s.post(packed(report(id=f"load-{answered[0]}", contact=f"x@r{answered[0] // 50}.example")), context=context)
            assert status == 201
            answered[0] += 1

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield answered
    finally:
        stop.set()
        thread.join()


def change(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


def test_a_copy_of_a_store_under_load_is_restored():
    with setup(collector="rate_per_minute = 0") as s:
        s.start("collector"), s.start("exporter")
        with load(s) as answered:
            for _ in range(3):
                while answered[0] < 20:
                    time.sleep(0.01)
                before = answered[0]
                code, out, err = s.run("collector", "backup", s.path("store/copy.db"))
                assert code == 0 and "checked" in out, (code, out, err)
                assert before <= count(s.path("store/copy.db")) <= answered[0] + 1
        kept = count(s.path("store/copy.db"))
        assert oct(os.stat(s.path("store/copy.db")).st_mode & 0o777) == "0o640"
        assert not [name for name in os.listdir(s.path("store")) if "new-" in name]
        code, out, err = s.run("collector", "check-store")
        assert (code, out) == (0, "the store is whole\n"), (code, out, err)
        # The disk is lost; the copy takes its place, and both programs go on.
        s.stop("collector")
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(s.path("store/tlsrpt.db" + ending))
        os.rename(s.path("store/copy.db"), s.path("store/tlsrpt.db"))
        s.own()
        s.start("collector")
        s.wait_value("tlsrpt_database_reports", kept)
        assert s.post(packed(report(id="after")))[0] == 201
        s.wait_value("tlsrpt_database_reports", kept + 1)


def for_another_user(s):
    """As packages do it: the store is the collector's, the exporter's group may read it."""
    folder, user = s.path("store"), pwd.getpwnam("daemon")
    for name in os.listdir(folder):
        os.chmod(os.path.join(folder, name), 0o640)
        os.chown(os.path.join(folder, name), s.user.pw_uid, user.pw_gid)
    os.chown(folder, s.user.pw_uid, user.pw_gid)
    os.chmod(folder, 0o2750)
    for name in ("exporter", "tlsrpt.conf"):
        os.chmod(s.path(name), 0o755)


def restore(s):
    """As schema/store/README.md says."""
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(s.path("store/tlsrpt.db" + ending))
    shutil.copy(s.path("store/copy.db"), s.path("store/tlsrpt.db"))


def copy_the_file_alone(s):
    for ending in ("-wal", "-shm"):
        os.unlink(s.path("store/tlsrpt.db" + ending))


def empty_the_log(s):
    open(s.path("store/tlsrpt.db-wal"), "wb").close()
    os.unlink(s.path("store/tlsrpt.db-shm"))


def as_it_is(s):
    pass


def test_another_user_reads_the_store_however_it_was_left():
    """The collector is not running. Each state is read; and when it runs again, what is new is seen."""
    if os.getuid() != 0:
        raise Skip("needs root")
    for state in (as_it_is, restore, copy_the_file_alone, empty_the_log):
        with setup() as s:
            s.start("collector")
            for n in range(3):
                assert s.post(packed(report(id=str(n))))[0] == 201
            assert s.run("collector", "backup", s.path("store/copy.db"))[0] == 0
            s.stop("collector")
            state(s)
            for_another_user(s)
            s.start("exporter", user="daemon")
            s.wait_value("tlsrpt_database_reports", 3)
            s.wait_value('tlsrpt_scrape_collector_success{collector="self"}', 1)
            time.sleep(2.5)
            assert s.value('tlsrpt_scrape_collector_success{collector="self"}') == 1, state
            os.chmod(s.path("store"), 0o2750)
            s.start("collector")
            assert s.post(packed(report(id="new")))[0] == 201
            s.wait_value("tlsrpt_database_reports", 4)
            s.wait_value('tlsrpt_scrape_collector_success{collector="self"}', 1)


def test_a_store_that_another_user_cannot_read_is_refused_with_the_cure():
    if os.getuid() != 0:
        raise Skip("needs root")
    with setup() as s:
        s.start("collector")
        assert s.post(packed(report()))[0] == 201
        s.stop("collector", signal.SIGKILL)
        for_another_user(s)
        # A log without its index: it holds reports, and only a writer can read it.
        os.unlink(s.path("store/tlsrpt.db-shm"))
        s.start("exporter", user="daemon")
        s.wait_log("exporter", "start tlsrpt-collector once")
        assert s.value('tlsrpt_scrape_collector_success{collector="self"}') == 0
        s.start("collector")
        s.wait_value("tlsrpt_database_reports", 1)
        s.stop("exporter"), s.stop("collector")
        for ending in ("", "-wal", "-shm"):
            after = len(s.log("exporter"))
            os.chmod(s.path("store/tlsrpt.db" + ending), 0o600)
            s.start("exporter", user="daemon")
            s.wait_log("exporter", f"tlsrpt.db{ending}: Permission denied; give it to", after)
            os.chmod(s.path("store/tlsrpt.db" + ending), 0o640)
            s.wait_value("tlsrpt_database_reports", 1)
            s.stop("exporter")


def test_a_store_on_a_read_only_disk_is_read():
    if os.getuid() != 0:
        raise Skip("needs root")
    with setup() as s:
        s.start("collector")
        assert s.post(packed(report()))[0] == 201
        s.stop("collector")
        copy_the_file_alone(s)
        for_another_user(s)
        mount = ["unshare", "--mount", "sh", "-c", f'mount --bind -o ro {s.path("store")} {s.path("store")} && exec "$@"', "sh"]
        if subprocess.run([*mount, "true"], capture_output=True).returncode != 0:
            raise Skip("nothing can be mounted here")
        as_user, s.as_user = s.as_user, lambda command, user="daemon": [*mount, *as_user(command, user)]
        s.start("exporter", user="daemon")
        s.wait_value("tlsrpt_database_reports", 1)


def test_a_copy_that_fails_leaves_the_last_one():
    with setup() as s:
        s.run("collector", "import", "-", stdin=packed(report()))
        assert s.run("collector", "backup", s.path("store/copy.db"))[0] == 0
        before = open(s.path("store/copy.db"), "rb").read()
        code, _, err = s.run("collector", "backup", s.path("nowhere/copy.db"))
        assert code != 0 and err, code
        change(s.path("store/tlsrpt.db"), "UPDATE day_sum SET successes = successes + 1")
        code, _, err = s.run("collector", "backup", s.path("store/copy.db"))
        assert code == 71 and "the copy is damaged: sums of" in err, (code, err)
        assert open(s.path("store/copy.db"), "rb").read() == before
        assert sorted(os.listdir(s.path("store")))[0] == "copy.db" and len([n for n in os.listdir(s.path("store")) if n.startswith("copy")]) == 1


def test_wrong_sums_are_found_and_made_anew():
    with setup() as s:
        for n in range(5):
            s.run("collector", "import", "-", stdin=packed(report(id=str(n), when=-3 - n, failures=1, result="certificate-expired")))
        change(s.path("store/tlsrpt.db"), "UPDATE day_sum SET failures = failures + 7 WHERE day = (SELECT min(day) FROM day_sum)")
        code, out, _ = s.run("collector", "check-store")
        assert code == 65 and "differ from the reports; run check-store --repair" in out, (code, out)
        code, out, _ = s.run("collector", "check-store", "--repair")
        assert code == 0 and out == "the sums have been recomputed\nthe store is whole\n", (code, out)
        change(s.path("store/tlsrpt.db"), "DELETE FROM day_sum")
        assert s.run("collector", "check-store")[0] == 65
        assert s.run("collector", "check-store", "--repair")[0] == 0
        assert s.sql("SELECT sum(failures) FROM day_sum") == 5


def test_damaged_pages_are_named():
    with setup() as s:
        for n in range(60):
            s.run("collector", "import", "-", stdin=packed(report(id="x" * 900 + str(n))))
        path = s.path("store/tlsrpt.db")
        change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        size = os.path.getsize(path)
        with open(path, "r+b") as f:
            for page in range(8, size // 4096):
                f.seek(page * 4096)
                f.write(b"\xff" * 64)
        code, out, err = s.run("collector", "check-store")
        assert code in (65, 71) and ("pages:" in out or "damaged" in err), (code, out, err)
        code, _, err = s.run("collector", "backup", s.path("store/copy.db"))
        assert code == 71 and not os.path.exists(s.path("store/copy.db")), (code, err)


if __name__ == "__main__":
    main()
