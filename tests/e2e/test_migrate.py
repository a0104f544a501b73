#!/usr/bin/env python3
"""A store of version 8 (tests/data/store-8.sql, which that version's own put_reports wrote from store-8.tsv): what becomes of it, and what an interruption does."""
import os, re, shutil, signal, socket, sqlite3, subprocess, time

from harness import *

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
TABLES = {"domain": "id", "reporter": "id", "sender": "id", "policy_text": "id", "host": "id", "reason": "id", "report": "id", "failed": "day, domain_id, report_id",
          "day_sum": "day, domain_id, policy_type, reporter_id, count_as, policy_id, arrived", "day_result": "day, domain_id, policy_type, result_type, reporter_id, count_as",
          "series": "domain_id, policy_type, result_type", "usage": "name"}
AFTER = 20600 * DAY + 10 * DAY
TIMES = 400  # as many reports in the large store


def give(path):
    """To whom the folder belongs."""
    folder = os.stat(os.path.dirname(path))
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(path + ending):
            os.chown(path + ending, folder.st_uid, folder.st_gid)
            os.chmod(path + ending, 0o640)


def old_store(path):
    with open(os.path.join(DATA, "store-8.sql")) as f, contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f.read())
        assert db.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    give(path)


def enlarge(path):
    """Each report many times, under keys of their own: the sums are so many times as large."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        columns = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in ("report", "policy_result", "failure_detail", "day_sum", "day_result")}
        for table, id, more in (("report", "id", {"key": "key + n * 1000003"}), ("policy_result", "report_id", {}), ("failure_detail", "report_id", {})):
            values = ", ".join({id: f"{id} + n * 1000", **more}.get(name, name) for name in columns[table])
            db.execute(f"WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < {TIMES - 1}) INSERT INTO {table} SELECT {values} FROM numbers, {table}")
        for table, keys in (("day_sum", 7), ("day_result", 6)):
            db.execute(f"UPDATE {table} SET " + ", ".join(f"{name} = {name} * {TIMES}" for name in columns[table][keys:]))
        db.execute(f"UPDATE stock SET rows = rows * {TIMES}, bytes = bytes * {TIMES} WHERE name IN ('reports', 'anonymous')")
        db.commit()


def content(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall() for table, order in TABLES.items()}


def assert_same(one, other):
    for table in TABLES:
        assert len(one[table]) == len(other[table]), (table, len(one[table]), len(other[table]))
        for a, b in zip(one[table], other[table]):
            assert a == b, (table, a, b)


def migrate(s):
    s.start("collector", clock=AFTER)
    s.stop("collector")


def supervised(s):
    """The same for a supervisor; what it is told."""
    told = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(s.path("notify"))
        os.chmod(s.path("notify"), 0o777)
        s.start("collector", clock=AFTER, env={**os.environ, "NOTIFY_SOCKET": s.path("notify")})
        notified.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                told.append(notified.recv(4096).decode())
        s.stop("collector")
    return told


def moved(path):
    """How far the reports are moved: an id, 0 before, None when there is nothing to move any more."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return db.execute("SELECT last_id FROM migration").fetchone()[0]
    except sqlite3.OperationalError as e:
        if "no such table" not in str(e):
            return 0
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return 0 if db.execute("PRAGMA user_version").fetchone()[0] == 8 else None


def test_what_is_migrated_is_what_the_same_reports_make():
    with setup(common="domains = example.org, other.example\n") as s:
        path = s.path("store/tlsrpt.db")
        with open(os.path.join(DATA, "store-8.tsv")) as lines:
            subprocess.run([os.environ["TLSRPT_PUT_REPORTS"], s.path("store/fresh.db"), str(AFTER)], stdin=lines, check=True)
        old_store(path)
        migrate(s)
        assert s.sql("PRAGMA user_version") == 9
        assert_same(content(path), content(s.path("store/fresh.db")))
        assert s.run("collector", "check-store") == (0, "the store is whole\n", "")


def test_an_interrupted_migration_goes_on():
    with setup(common="domains = example.org, other.example\n") as s:
        path, beside = s.path("store/tlsrpt.db"), s.path("store/beside.db")
        old_store(path)
        enlarge(path)
        give(path)
        shutil.copy(path, beside)
        told = supervised(s)
        assert re.fullmatch(r"EXTEND_TIMEOUT_USEC=\d+\nSTATUS=Bringing the store up to date: 0 of 13600 reports", told[0]), told
        assert [line for line in told if "READY=1" in line], told
        assert "is of an earlier version: bringing its 13600 reports up to date" in s.log("collector") and "tlsrpt.db is up to date" in s.log("collector")
        whole = content(path)
        assert s.run("collector", "check-store") == (0, "the store is whole\n", "")
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + ending)
        shutil.move(beside, path)
        give(path)
        last, interrupted = 0, 0
        while moved(path) is not None:
            s.start("collector", wait=False, clock=AFTER)
            until = time.time() + 60
            # A step more than the last time, then no time for anything.
            while (at := moved(path)) is not None and at <= last and s.programs["collector"].poll() is None:
                assert time.time() < until
                time.sleep(0.002)
            s.programs["collector"].send_signal(signal.SIGKILL)
            s.programs["collector"].wait()
            if (last := moved(path)) is None:
                break
            interrupted += 1
            if last > 0 and interrupted == 1:
                # Meanwhile nobody reads it, and everybody is told.
                code, out, err = s.run("exporter", "verdict", "example.org")
                assert code == 75 and "is being brought up to date by tlsrpt-collector; wait until it is ready" in err, (code, out, err)
                code, out, err = s.run("collector", "check-store")
                assert code == 75 and "being brought up to date" in err, (code, out, err)
        assert interrupted >= 2, interrupted
        assert_same(content(path), whole)
        assert s.run("collector", "check-store") == (0, "the store is whole\n", "")
        s.start("collector", clock=AFTER)
        s.stop("collector")


if __name__ == "__main__":
    main()
