#!/usr/bin/env python3
"""Mailboxes against a real Dovecot, Maildirs and mbox files: what arrives, what becomes of the messages, and which
servers get a password."""
from mail import *


def test_only_a_good_certificate_gets_a_password():
    with mail_setup() as s:
        wrong = {SELF_SIGNED: "issuer is unknown|not trusted", EXPIRED: "expired", WRONG_HOST: "does not match"}
        seen = 0
        for type, tls, port in (("imap", "implicit", s.dovecot.imaps), ("imap", "starttls", s.dovecot.imap), ("pop3", "implicit", s.dovecot.pop3s), ("pop3", "starttls", s.dovecot.pop3)):
            for address, why in wrong.items():
                s.mailboxes(s.imap(type=type, host=address, port=port, tls=tls, user=f"{type}-{tls}-{address}"))
                code, out, err = s.poll()
                assert code == 75 and re.search(why, out), (type, tls, address, code, out, err)
            assert f"{type}-{tls}" not in s.dovecot.log() and "AUTH\t" not in s.dovecot.log()[seen:]
            s.dovecot.put("reports", message(type + tls))
            s.mailboxes(s.imap(type=type, port=port, tls=tls))
            code, out, err = s.poll()
            assert code == 0 and re.search("1 message stored, [0-3] duplicates?", out), (type, tls, out, err, s.dovecot.log())
            seen = len(s.dovecot.log())
        # By name, too; and not without the CA.
        s.mailboxes(s.imap(host="localhost"))
        assert s.poll()[0] == 0
        s.mailboxes(s.imap(ca_file=s.path("server.pem")))
        code, out, _ = s.poll()
        assert code == 75 and "issuer is unknown" in out, out
        assert stored(s) == 4


def test_each_way_brings_reports_once():
    with mail_setup() as s:
        for user in ("keep", "seen", "move", "delete"):
            s.dovecot.put(user, *[message(f"imap-{user}-{i}") for i in range(5)], b"From: spam@x.example\r\nSubject: offer\r\n\r\nBuy.\r\n", message(f"bad-{user}", body=b"\x1f\x8bx" + user.encode()))
        sections = [s.imap(user, user=user, after="move:Done/Read" if user == "move" else user, failed="move:Broken" if user == "move" else "keep") for user in ("keep", "seen", "move", "delete")]
        s.mailboxes(*sections)
        code, out, err = s.poll()
        assert code == 0 and out.count("5 messages stored, 0 duplicates, 1 refused, 1 no report, 0 to be tried again") == 4, (out, err)
        assert stored(s) == 20
        assert len(s.dovecot.files("keep")) == 7 and len(s.dovecot.files("delete")) == 2
        assert sum(f.endswith("S") for f in s.dovecot.files("seen")) == 5, s.dovecot.files("seen")
        assert not any(f.endswith("S") for f in s.dovecot.files("keep"))
        assert len(s.dovecot.files("move")) == 1 and len(s.dovecot.files("move", ".Done.Read")) == 5, os.listdir(s.dovecot.maildir("move"))
        assert len(s.dovecot.files("move", ".Broken")) == 1
        before = s.rows("SELECT * FROM counter WHERE name = 'inputs' ORDER BY 2, 3")
        code, out, _ = s.poll()
        assert code == 0 and out.count("0 messages stored, 0 duplicates, 0 refused, 0 no reports") == 4, out
        assert s.rows("SELECT * FROM counter WHERE name = 'inputs' ORDER BY 2, 3") == before
        # A new one beside them.
        s.dovecot.put("keep", message("imap-keep-new"))
        assert "keep: 1 message stored" in s.poll("keep")[1]
        code, out, err = s.run("collector", "refused")
        assert "mailbox move UID" in out and "gzip" in out, out


def test_pop3_keeps_and_deletes():
    with mail_setup() as s:
        for user in ("keep", "delete"):
            s.dovecot.put(user, *[message(f"pop-{user}-{i}") for i in range(5)], b"Subject: x\r\n\r\n.\r\n..dots\r\n", message(f"bad-{user}", body=b"\x1f\x8bx"))
        s.mailboxes(s.pop3("keep", user="keep"), s.pop3("delete", user="delete", after="delete"))
        code, out, err = s.poll()
        assert code == 0 and out.count("5 messages stored, 0 duplicates, 1 refused, 1 no report") == 2, (out, err)
        assert len(s.dovecot.files("keep")) == 7 and len(s.dovecot.files("delete")) == 2
        assert s.poll()[1].count("0 messages stored, 0 duplicates, 0 refused, 0 no reports") == 2
        # A line that begins with a dot comes as it was.
        s.dovecot.put("keep", b"TLS-Report-Domain: example.org\r\nTLS-Report-Submitter: x.example\r\n\r\n.dot\r\n..two\r\n.\r\nend\r\n")
        assert "1 refused" in s.poll("keep")[1]
        number = s.sql("SELECT max(id) FROM ledger")
        assert s.run("collector", "--raw", "refused", str(number))[1].replace("\r\n", "\n").endswith("\n.dot\n..two\n.\nend\n")
        os.remove(s.dovecot.files("keep")[-1])
        # What somebody took away is not remembered for ever.
        os.remove(s.dovecot.files("keep")[0])
        s.poll("keep")
        assert s.sql("SELECT count(*) FROM mailbox_message JOIN mailbox ON id = mailbox_id WHERE name = 'keep'") == 6


def test_maildir_and_mbox():
    with mail_setup(dovecot=False) as s:
        sections = []
        for after in ("keep", "seen", "move:Done", "delete"):
            name = after.partition(":")[0]
            path = s.path("md-" + name)
            for sub in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(path, sub))
            put_in_maildir(path, *[message(f"{name}-{i}") for i in range(4)], b"Subject: x\r\n\r\nspam\r\n")
            sections.append(mailbox_section(name, type="maildir", path=path, after=after))
        with open(s.path("box"), "wb") as f:
            for i in range(3):
                f.write(b"From x@example.org Wed Nov 25 10:00:00 2026\n" + message(f"box-{i}").replace(b"\r\n", b"\n") + b"\n>From is quoted\n\n")
        sections.append(mailbox_section("box", type="mbox", path=s.path("box")))
        s.own()
        s.mailboxes(*sections)
        s.own()
        code, out, err = s.poll()
        assert code == 0 and out.count("4 messages stored, 0 duplicates, 0 refused, 1 no report") == 4 and "box: 3 messages stored" in out, (out, err)
        assert len(maildir_files(s.path("md-keep"))) == 5 and len(os.listdir(s.path("md-keep/new"))) == 5
        assert sum(f.endswith(":2,S") for f in maildir_files(s.path("md-seen"))) == 4
        assert len(maildir_files(s.path("md-move/.Done"))) == 4 and len(maildir_files(s.path("md-delete"))) == 1
        assert s.poll()[1].count("0 messages stored, 0 duplicates, 0 refused, 0 no reports") == 5
        with open(s.path("box"), "ab") as f:
            f.write(b"From x@example.org Wed Nov 25 11:00:00 2026\n" + message("box-new").replace(b"\r\n", b"\n") + b"\n")
        assert "box: 1 message stored" in s.poll("box")[1]
        # Somebody takes messages out of it: it is read anew, and nothing is counted twice.
        with open(s.path("box"), "wb") as f:
            f.write(b"From x@example.org Wed Nov 25 12:00:00 2026\n" + message("box-2").replace(b"\r\n", b"\n") + b"\n")
        s.own()
        assert "box: 0 messages stored, 1 duplicate," in s.poll("box")[1] and stored(s) == 20
        assert s.sql("SELECT value FROM counter WHERE name = 'inputs' AND first = 'mbox' AND other = 'duplicate'") == 1
        # Locked: later.
        open(s.path("box.lock"), "w").close()
        code, out, _ = s.poll("box")
        assert code == 75 and "is locked" in out, out


def test_a_message_is_done_when_all_its_reports_are():
    with mail_setup(dovecot=False) as s:
        path = s.path("md")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        part = lambda data: b"--limit\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + data + b"\r\n"
        good, bad = part(json.dumps(report(id="second")).encode()), part(b"nonsense")
        for id, more in (("both", good.replace(b"second", b"both-2")), ("bad-last", bad), ("bad-first", None)):
            data = message(id) if more else message(id, body=b"\x1f\x8bx")
            put_in_maildir(path, data.replace(b"--limit--", (more or good) + b"--limit--"))
        s.mailboxes(mailbox_section("main", type="maildir", path=path, after="delete", failed="move:Broken"))
        s.own()
        code, out, _ = s.poll()
        assert code == 0 and "1 message stored, 0 duplicates, 2 refused" in out, out
        assert len(maildir_files(path + "/.Broken")) == 2 and not maildir_files(path)
        assert {r[0] for r in s.rows("SELECT report_id FROM report")} == {"both", "both-2", "bad-last", "second"}


def test_servers_that_can_do_less():
    with mail_setup() as s:
        for words, left in (("IMAP4rev1 UIDPLUS", 0), ("IMAP4rev1", 3)):
            with open(s.dovecot.path("dovecot.conf"), "w") as f:
                f.write(s.dovecot.conf().replace("protocol imap {", f"protocol imap {{\n  imap_capability = {words}"))
            s.dovecot.close()
            s.dovecot.start()
            name = words[-4:].lower()
            for user, after in (("a" + name, "move:Done"), ("b" + name, "delete")):
                s.dovecot.put(user, *[message(f"{user}-{i}") for i in range(3)])
                s.mailboxes(s.imap(user, user=user, after=after))
                code, out, _ = s.poll()
                assert code == 0 and "3 messages stored" in out, (words, after, out)
                # Without UIDPLUS they stay, marked as deleted, and are not read again.
                files = s.dovecot.files(user)
                assert len(files) == left and all("T" in f.rsplit(",", 1)[1] for f in files), (words, after, files)
                assert "0 messages stored" in s.poll()[1]
            assert len(s.dovecot.files("a" + name, ".Done")) == 3


def test_uidvalidity_changes_and_folders_are_missing():
    with mail_setup() as s:
        s.dovecot.put("reports", *[message(f"r{i}") for i in range(3)])
        s.mailboxes(s.imap())
        assert "3 messages stored" in s.poll()[1]
        for name in os.listdir(s.dovecot.maildir("reports")):
            if name.startswith("dovecot"):
                os.remove(os.path.join(s.dovecot.maildir("reports"), name))
        time.sleep(1.1)
        assert "0 messages stored, 3 duplicates" in s.poll()[1] and stored(s) == 3
        assert s.sql("SELECT value FROM counter WHERE name = 'inputs' AND first = 'imap' AND other = 'duplicate'") == 3
        s.mailboxes(s.imap(folder="Reports/Löschen & mehr"))
        code, out, _ = s.poll()
        assert code == 75 and "while opening the folder Reports/L&APY-schen &- mehr" in out, out


def test_a_folder_may_have_any_name():
    with mail_setup() as s:
        s.dovecot.put("reports", message("r1"), message("r2"))
        for after, folder in (("move:R&D", ""), ("move:Erledigt ü 🗑", "R&D")):
            s.mailboxes(s.imap(after=after, **({"folder": folder} if folder else {})))
            code, out, err = s.poll()
            assert code == 0, (out, err)
        listed = s.dovecot.folders("reports")
        assert {"R&D", "Erledigt ü 🗑"} <= listed, listed
        assert stored(s) == 2 and len(s.dovecot.files("reports", ".Erledigt &APw- &2D3d0Q-")) == 2


def test_size_first():
    with mail_setup() as s:
        s.dovecot.put("reports", message("big", headers="X-Filler: " + "x" * 900 + "\r\n") + b"y" * 200000, message("small"))
        s.mailboxes(s.imap(), mail="max_message = 64K\n")
        code, out, err = s.poll()
        assert code == 0 and "1 message stored, 0 duplicates, 1 refused" in out, (out, err)
        assert "not fetched" in s.run("collector", "refused")[1]
        assert s.sql("SELECT value FROM counter WHERE name = 'refusals' AND first = 'imap' AND other = 'too_large'") == 1


def test_our_own_trouble_marks_nothing():
    if os.getuid() != 0:
        raise Skip("needs root to mount a small tmpfs")
    with mail_setup() as s:
        s.dovecot.put("reports", *[message(f"r{i}", contact=f"a@s{i // 30}.example", sender=f"s{i // 30}.example") for i in range(300)])
        s.mailboxes(s.imap(after="delete"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=640k,mode=0777", "tmpfs", s.path("store")], check=True)
        try:
            s.own()
            code, out, err = s.poll()
            assert code == 75 and "local error" in out, (code, out, err)
            left = len(s.dovecot.files("reports"))
            assert 0 < left <= 300
            subprocess.run(["mount", "-o", "remount,size=64m", s.path("store")], check=True)
            code, out, err = s.poll()
            assert code == 0 and not s.dovecot.files("reports"), (out, err)
            assert stored(s) == 300 and s.sql("SELECT sum(successes) FROM day_sum") == 300 * 40
        finally:
            subprocess.run(["umount", "-l", s.path("store")])


def test_one_message_that_the_store_cannot_take_holds_up_no_other():
    with mail_setup() as s:
        s.mailboxes(s.imap(after="delete"))
        assert s.poll()[0] == 0
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            db.execute("CREATE TRIGGER evil BEFORE INSERT ON report WHEN NEW.report_id = 'evil' BEGIN SELECT RAISE(ABORT, 'no'); END")
            db.commit()
        s.dovecot.put("reports", message("evil"), *[message(f"r{i}") for i in range(20)])
        code, out, _ = s.poll()
        assert code == 75 and "20 messages stored" in out and "1 to be tried again" in out, out
        assert len(s.dovecot.files("reports")) == 1
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            db.execute("DROP TRIGGER evil")
            db.commit()
        assert "1 message stored" in s.poll()[1] and not s.dovecot.files("reports")


def test_token_command():
    """XOAUTH2 against a server that knows one token."""
    import threading
    with mail_setup(dovecot=False) as s:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(s.path("server.pem"), s.path("server.key"))
        server, seen, good = socket.create_server(("127.0.0.1", 0)), [], ["first"]

        def serve():
            while True:
                try:
                    raw, _ = server.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError, ssl.SSLError), context.wrap_socket(raw, server_side=True) as c:
                    f = c.makefile("rb")
                    c.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hello\r\n")
                    for line in f:
                        tag, _, rest = line.strip().partition(b" ")
                        word = rest.split(b" ")[0].upper()
                        if word == b"AUTHENTICATE":
                            token = base64.b64decode(rest.split(b" ")[2]).split(b"Bearer ")[1].strip(b"\1").decode()
                            seen.append(token)
                            if token != good[0]:
                                c.sendall(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
                                f.readline()
                                c.sendall(tag + b" NO bad token\r\n")
                                continue
                        elif word == b"CAPABILITY":
                            c.sendall(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n")
                        elif word in (b"SELECT", b"EXAMINE"):
                            c.sendall(b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n")
                        elif word == b"LOGOUT":
                            c.sendall(b"* BYE\r\n" + tag + b" OK\r\n")
                            break
                        c.sendall(tag + b" OK done\r\n")

        threading.Thread(target=serve, daemon=True).start()
        with open(s.path("token"), "w") as f:
            f.write("""#!/bin/sh
echo ran >>"$1"
printf '{"access_token": "%s", "expires_in": 3600}\\n' "$(cat "$2")"
""")
        with open(s.path("current"), "w") as f:
            f.write("first")
        os.chmod(s.path("token"), 0o755)
        s.own()
        s.mailboxes(mailbox_section("main", host="127.0.0.1", port=server.getsockname()[1], user="me@example.org", ca_file=s.path("server.pem"), interval="1s",
                                    token_command=f"{s.path('token')} {s.path('runs')} {s.path('current')}"))
        s.start("collector")
        until = time.time() + 15
        while len(seen) < 3 and time.time() < until:
            time.sleep(0.1)
        assert len(seen) >= 3 and set(seen) == {"first"}
        assert open(s.path("runs")).read().count("ran") == 1, "the token is not kept"
        # It is refused: a new one is made at once.
        with open(s.path("current"), "w") as f:
            f.write("second")
        good[0] = "second"
        while "second" not in seen and time.time() < until + 15:
            time.sleep(0.1)
        assert "second" in seen and open(s.path("runs")).read().count("ran") == 2
        s.stop("collector")
        close_listener(server)


def test_token_by_pop3():
    import threading
    with mail_setup(dovecot=False) as s:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(s.path("server.pem"), s.path("server.key"))
        server, seen = socket.create_server(("127.0.0.1", 0)), []

        def serve():
            while True:
                try:
                    raw, _ = server.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as c:
                    c.sendall(b"+OK hello\r\n")
                    for line in c.makefile("rb"):
                        words = line.split()
                        if words[0] == b"AUTH":
                            seen.append(base64.b64decode(words[2]))
                        c.sendall({b"LIST": b"+OK\r\n1 2000\r\n.\r\n", b"UIDL": b"+OK\r\n1 only\r\n.\r\n", b"RETR": b"+OK\r\n" + message("r1") + b".\r\n"}.get(words[0], b"+OK\r\n"))
                        if words[0] == b"QUIT":
                            break

        threading.Thread(target=serve, daemon=True).start()
        s.mailboxes(mailbox_section("main", type="pop3", host="127.0.0.1", port=server.getsockname()[1], user="me@example.org", ca_file=s.path("server.pem"), token_command="echo abc", after="delete"))
        code, out, _ = s.poll()
        assert code == 0 and "1 message stored" in out and seen == [b"user=me@example.org\1auth=Bearer abc\1\1"], (out, seen)
        for command, why in (("/nowhere/at/all", "token_command /nowhere/at/all"), ("false", "failed (status 1)"), ("true", "is empty"), ('printf {"x":1}', "without an access_token")):
            s.mailboxes(mailbox_section("main", type="pop3", host="127.0.0.1", port=server.getsockname()[1], user="u", ca_file=s.path("server.pem"), token_command=command))
            code, out, _ = s.poll()
            assert code == 75 and "while running token_command" in out and why in out, (command, out)
        close_listener(server)


def test_secrets_come_from_where_they_are_kept():
    with mail_setup() as s:
        s.dovecot.put("reports", message("r1"))
        os.mkdir(s.path("credentials"))
        shutil.copy(s.path("password"), s.path("credentials/main"))
        s.own()
        poll = lambda *env: subprocess.run(s.as_user(["env", *env, s.path("collector"), "-c", s.path("tlsrpt.conf"), "poll"]), capture_output=True)
        s.mailboxes(s.imap(password_file="", password_credential="main"))
        done = poll("CREDENTIALS_DIRECTORY=" + s.path("credentials"))
        assert done.returncode == 0 and b"1 message stored" in done.stdout, done
        done = poll("X=y")
        assert done.returncode == 75 and b"systemd-run --pipe --wait -p User=tlsrpt -p Group=tlsrpt -p LoadCredential=main:PATH tlsrpt-collector poll" in done.stdout, done
        s.mailboxes(s.imap(password_file="", password_env="TLSRPT_PASSWORD"))
        assert poll("TLSRPT_PASSWORD=secret").returncode == 0
        assert b"no variable TLSRPT_PASSWORD" in poll("X=y").stdout
        # An editor's byte order mark is none of the password.
        with open(s.path("password"), "w") as f:
            f.write("\ufeffsecret\r\n")
        s.mailboxes(s.imap())
        assert poll("X=y").returncode == 0
        with open(s.path("password"), "w") as f:
            f.write("secret\r\nA1 LOGOUT\n")
        assert b"more than one line" in poll("X=y").stdout


def test_secrets_stay_out_of_sight():
    with mail_setup() as s:
        s.mailboxes(s.imap(interval="1s"))
        s.start("collector")
        until = time.time() + 10
        while "child-mailbox" not in " ".join(lines := processes(s)):
            assert time.time() < until, lines
            time.sleep(0.1)
        assert not any("secret" in line for line in processes(s))
        s.stop("collector")
        assert "secret" not in s.log("collector")


def processes(s):
    """Command lines of the collector and of its children."""
    found = []
    for pid in (s.programs["collector"].pid, *children_of(s.programs["collector"].pid)):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as f:
            found.append(f.read().replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_configuration_errors_name_the_line():
    with mail_setup(dovecot=False) as s:
        for keys, why in (({"type": "maildir"}, "needs a path"), ({"host": "x"}, "needs a user"), ({"host": "x", "user": "y"}, "needs one of password_file"),
                          ({"type": "mbox", "path": "/x", "after": "delete"}, "only read"), ({"type": "maildir", "path": "/x", "after": "burn"}, '"burn" is none of'),
                          ({"type": "maildir", "path": "/x", "after": "move:../up"}, "is none of"), ({"type": "pop3", "host": "x", "user": "y", "password_file": "/z", "after": "seen"}, "no flags")):
            s.mailboxes(mailbox_section("main", **keys))
            code, _, err = s.run("collector", "check-config")
            assert code == 78 and why in err and re.search(r"tlsrpt.conf:\d+", err), (keys, err)
        s.mailboxes(mailbox_section("bad/name", type="maildir", path="/x"))
        assert "no name for a mailbox" in s.run("collector", "check-config")[2]
        s.mailboxes()
        code, _, err = s.poll()
        assert code == 78 and "no mailbox" in err
        s.mailboxes(mailbox_section("main", type="maildir", path=s.path("nowhere")))
        code, out, _ = s.poll()
        assert code == 75 and "is no Maildir" in out
        assert s.poll("other")[0] == 64


main()
