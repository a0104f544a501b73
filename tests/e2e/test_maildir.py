#!/usr/bin/env python3
"""Maildirs that others use at the same time."""
import threading
from mail import *


def make_maildir(path):
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, sub))
    return path


def poll_while_the_store_is_locked(s, while_locked):
    """A round whose messages are fetched, and marked only after while_locked() has run."""
    results = []
    with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"), isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=lambda: results.append(s.poll()))
        thread.start()
        time.sleep(2)
        while_locked()
        db.execute("ROLLBACK")
    thread.join(60)
    return results[0]


def test_a_message_that_a_reader_moves_is_marked_all_the_same():
    with mail_setup(dovecot=False) as s:
        # Unique name, then where it lies first and where its reader moves it.
        moves = {"a": ("new/{}", "cur/{}:2,S"), "b": ("new/{}", "cur/{}:2,FS"), "c": ("cur/{}:2,", "cur/{}:2,RS"), "d": ("cur/{}:2,S", "cur/{}:2,"), "e": ("cur/{}:2,F", "new/{}"),
                 "f": ("new/{}", "cur/{}:2,Tab"), "g": ("new/{}", None), "h": ("new/{}", "new/{}")}
        # Which flags each has in the end; None: it is gone.
        want = {"seen": {"a": "S", "b": "FS", "c": "RS", "d": "S", "e": "S", "f": "STab", "g": None, "h": "S"},
                "move:Done": {"a": "S", "b": "FS", "c": "RS", "d": "", "e": "", "f": "Tab", "g": None, "h": ""},
                "delete": dict.fromkeys(moves)}
        for after in want:
            path = make_maildir(s.path("md-" + after[:4]))
            s.own()
            s.mailboxes(mailbox_section("main", type="maildir", path=path, after=after))
            assert s.poll()[0] == 0
            where = lambda place, key: os.path.join(path, place.format(f"1700000000.{key}.host"))
            for key, (first, _) in moves.items():
                with open(where(first, key), "wb") as f:
                    f.write(message(f"{after}-{key}"))
            s.own()

            def read_them():
                for key, (first, then) in moves.items():
                    if then:
                        os.rename(where(first, key), where(then, key))
                    else:
                        os.remove(where(first, key))

            code, out, err = poll_while_the_store_is_locked(s, read_them)
            assert code == 0, (after, out, err)
            found = dict.fromkeys(moves)
            for name in maildir_files(path + "/.Done") if after == "move:Done" else maildir_files(path):
                unique, _, flags = os.path.basename(name).partition(":2,")
                found[unique.split(".")[1]] = flags
            assert found == want[after], (after, found, err)
            assert not maildir_files(path) or after == "seen", maildir_files(path)
            assert "cannot be marked" not in err, err
            code, out, _ = s.poll()
            assert code == 0 and "0 messages stored" in out, out
        assert stored(s) == 3 * len(moves)


main()
