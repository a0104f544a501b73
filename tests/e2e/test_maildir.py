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



def compressing(dovecot, method):
    """Has Dovecot write its mails compressed. False when it cannot do so by that method."""
    version = subprocess.run([dovecot.binary, "--version"], check=True, capture_output=True, text=True).stdout
    more = f"mail_plugins = zlib\nplugin {{\n  zlib_save = {method}\n}}\n" if version.startswith("2.3") else f"mail_plugins {{\n  mail_compress = yes\n}}\nmail_compress_write_method = {method}\n"
    with open(dovecot.path("dovecot.conf"), "w") as f:
        f.write(dovecot.conf() + more)
    dovecot.close()
    dovecot.start()


def save(dovecot, user, data):
    return subprocess.run(["doveadm", "-c", dovecot.path("dovecot.conf"), "save", "-u", user], input=data, capture_output=True)


MAGIC = {"gz": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "bz2": b"BZh", "lz4": b"Dovecot-LZ4", "xz": b"\xfd7zXZ"}


def test_a_maildir_that_dovecot_compresses_is_read():
    with mail_setup(records=lambda keys: {"sel._domainkey.sender.example": "v=DKIM1; k=rsa; p=" + keys.public()}) as s:
        for method in ("gz", "zstd"):
            compressing(s.dovecot, method)
            path = s.dovecot.maildir(method)
            for data in (s.keys.sign(message(f"signed-{method}")), message(f"plain-{method}"), b"From: a@x.example\r\nSubject: offer\r\n\r\nBuy.\r\n", message(f"bad-{method}", body=b"\x1f\x8bx" + method.encode())):
                done = save(s.dovecot, method, data)
                assert done.returncode == 0, done
            for name in s.dovecot.files(method):
                assert open(name, "rb").read(20).startswith(MAGIC[method]), (method, name)
            s.mailboxes(mailbox_section("main", type="maildir", path=path))
            subprocess.run(["chmod", "-R", "a+rX", path], check=True)
            code, out, err = s.poll()
            assert code == 0 and "2 messages stored, 0 duplicates, 1 refused, 1 no report, 0 to be tried again" in out, (method, out, err)
            assert "stored, dkim pass sender.example" in err and "stored, dkim unsigned" in err, err
            # And by the same server, which unpacks it: the same reports.
            s.mailboxes(s.imap("other", user=method))
            code, out, err = s.poll()
            assert code == 0 and s.sql("SELECT value FROM counter WHERE name = 'inputs' AND first = 'imap' AND other = 'duplicate'") == (2 if method == "gz" else 4), (out, err)
        assert stored(s) == 4
        # A section of another name reads all of it again.
        s.mailboxes(mailbox_section("renamed", type="maildir", path=path))
        code, out, err = s.poll()
        assert code == 0 and err.count(": duplicate, dkim") == 2, (out, err)


def test_what_is_packed_otherwise_is_refused_by_its_name():
    with mail_setup() as s:
        for method, name in (("bz2", "bzip2"), ("lz4", "lz4")):
            compressing(s.dovecot, method)
            path = s.dovecot.maildir(method)
            done = save(s.dovecot, method, message(method))
            assert done.returncode == 0 and open(s.dovecot.files(method)[0], "rb").read(20).startswith(MAGIC[method]), done
            subprocess.run(["chmod", "-R", "a+rX", path], check=True)
            s.mailboxes(mailbox_section("main", type="maildir", path=path))
            code, out, err = s.poll()
            assert code == 0 and "0 messages stored, 0 duplicates, 1 refused, 0 no reports" in out, (out, err)
            assert f"packed with {name}; only gzip and zstd are read" in err, err
            assert f"packed with {name}" in s.run("collector", "refused")[1]
        assert stored(s) == 0


def test_a_message_is_limited_by_what_it_expands_to():
    need("zstd", "gzip")
    with mail_setup(dovecot=False) as s:
        path = make_maildir(s.path("md"))
        big = message("big") + b"x" * (80 << 20)
        pack = lambda tool, data: subprocess.run(tool, input=data, check=True, capture_output=True).stdout
        put_in_maildir(path, pack(["zstd", "-qc"], big), pack(["gzip", "-c"], big), pack(["zstd", "-qc"], message("small")), pack(["zstd", "-qc"], message("cut"))[:-20], pack(["gzip", "-c"], message("small-2")))
        s.own()
        s.mailboxes(mailbox_section("main", type="maildir", path=path, after="delete", failed="move:Broken"))
        s.own()
        code, out, err = s.poll()
        assert code == 0 and "2 messages stored, 0 duplicates, 3 refused" in out, (out, err)
        assert err.count("expands to more than 33554432 bytes") + err.count("expands more than") == 2 and "truncated" in err, err
        assert len(maildir_files(path + "/.Broken")) == 3 and not maildir_files(path)
        # Our own reading of them again comes to the same end.
        code, out, err = s.run("collector", "reparse")
        assert code == 0 and "3 tried, 0 accepted" in out, (out, err)
        # A limit that was too small is not for ever.
        s.mailboxes(mailbox_section("main", type="maildir", path=make_maildir(s.path("md-2"))), mail="max_message = 64K\n")
        put_in_maildir(s.path("md-2"), pack(["gzip", "-c"], message("later") + b"\r\ny" * 60000))
        s.own()
        assert "1 refused" in s.poll()[1]
        s.mailboxes()
        code, out, err = s.run("collector", "reparse")
        assert code == 0 and "4 tried, 1 accepted" in out and stored(s) == 3, (out, err)


def test_import_looks_into_what_is_packed():
    need("zstd", "gzip", "bzip2", "xz", "lz4")
    with mail_setup(dovecot=False) as s:
        pack = lambda tool, data: subprocess.run(tool, input=data, check=True, capture_output=True).stdout
        os.mkdir(s.path("in"))
        mbox = b"From x@example.org Wed Nov 25 10:00:00 2026\n" + message("box").replace(b"\r\n", b"\n")
        files = {"a.eml.gz": pack(["gzip", "-c"], message("a")), "b.eml.zst": pack(["zstd", "-qc"], message("b")), "c.json.gz": packed(report(id="c")), "d.eml.bz2": pack(["bzip2", "-c"], message("d")),
                 "e.eml.xz": pack(["xz", "-c"], message("e")), "f.eml.lz4": pack(["lz4", "-qc"], message("f")), "g.mbox.gz": pack(["gzip", "-c"], mbox), "h.json.zst": pack(["zstd", "-qc"], json.dumps(report(id="h")).encode())}
        for name, data in files.items():
            with open(s.path("in/" + name), "wb") as f:
                f.write(data)
        make_maildir(s.path("in/Maildir"))
        put_in_maildir(s.path("in/Maildir"), pack(["zstd", "-qc"], message("m1")), pack(["gzip", "-c"], message("m2")))
        s.own()
        s.mailboxes()
        code, out, err = s.run("collector", "import", s.path("in"))
        assert code == 65 and "5 stored, 0 duplicates, 0 conflicts, 5 refused, 0 no reports, 0 unreadable" in out, (out, err)
        for name, why in (("d.eml.bz2", "packed with bzip2"), ("e.eml.xz", "packed with xz"), ("f.eml.lz4", "packed with lz4"), ("g.mbox.gz", "an mbox file packed with gzip"), ("h.json.zst", "a report packed with zstd")):
            assert re.search(rf"{re.escape(name)}: refused \(mime\).*{why}", out), (name, out)
        # By a pipe, too; and an mbox file that is packed is named as such.
        done = s.run("collector", "import", "-", stdin=pack(["zstd", "-qc"], message("piped")))
        assert done[0] == 0 and "1 stored" in done[1], done
        s.mailboxes(mailbox_section("main", type="mbox", path=s.path("in/g.mbox.gz")))
        code, out, _ = s.poll()
        assert code == 75 and "is packed with gzip" in out, out


main()
