#!/usr/bin/env python3
"""IMAP and POP3 servers whose answers are not what they should be, that are full, or whose folders have odd names."""
from scripted import *


def waits(s):
    """Of each message that is stored and not marked: how often that was tried, and the seconds until it is again."""
    return s.rows("SELECT tries, next_try - unixepoch() FROM mailbox_message WHERE state = 2")


def test_a_folder_that_is_full_holds_up_its_marks_alone():
    """Dovecot says OVERQUOTA, to MOVE and to COPY: nothing is fetched again, it is tried with longer and longer pauses, and goes on
    when there is room."""
    with mail_setup() as s:
        if s.dovecot.version >= (2, 4):
            raise Skip("needs the quota of Dovecot 2.3")

        def anew(limit, capability=""):
            # A move is let pass inside of what is counted together: the other namespace has a quota of its own.
            with open(s.dovecot.path("dovecot.conf"), "w") as f:
                f.write(s.dovecot.conf() + "mail_plugins = quota\nprotocol imap {\n  mail_plugins = quota imap_quota\n" + capability + "}\n"
                        f"namespace kept {{\n  prefix = Kept/\n  separator = /\n  location = maildir:{s.dovecot.path('mail')}/%n.kept\n}}\n"
                        f"plugin {{\n  quota = maildir:Kept:ns=Kept/\n  quota_grace = 0\n  quota_rule = *:storage={limit}\n}}\n")
            s.dovecot.close()
            s.dovecot.start()

        for name, capability in (("move", ""), ("copy", "  imap_capability = IMAP4rev1 UIDPLUS NAMESPACE\n")):
            anew("1K", capability)
            s.dovecot.put(name, *wave(name, 3))
            s.mailboxes(s.imap(name, user=name, after="move:Kept/Done"))
            for tries, least in ((1, 40), (2, 170), (3, 700)):
                code, out, err = s.poll()
                assert code == 75 and ("3 messages stored" if tries == 1 else " 0 messages stored, 0 duplicates") in out, (name, out, err)
                assert "3 stored but not marked" in out and " 0 to be tried again" in out and "OVERQUOTA" in err, (name, out, err)
                rows = waits(s)
                assert len(rows) == 3 and all(n == tries and least < pause < 2 * least + 10 for n, pause in rows), (name, tries, rows)
            assert s.sql(f"SELECT fetched FROM mailbox WHERE name = '{name}'") == 3
            assert len(s.dovecot.files(name)) == 3 and not s.dovecot.files(name + ".kept", ".Done")
            anew("50M", capability)
            code, out, err = s.poll()
            assert code == 0 and "not marked" not in out and not waits(s), (name, out, err)
            assert not s.dovecot.files(name) and len(s.dovecot.files(name + ".kept", ".Done")) == 3, s.dovecot.folders(name)
            assert s.sql(f"SELECT fetched FROM mailbox WHERE name = '{name}'") == 3
        assert stored(s) == 6 and not s.rows("SELECT value FROM counter WHERE name = 'inputs' AND other = 'duplicate'")


def test_a_body_that_was_not_asked_for_is_not_stored():
    """Two bodies, that of another message, a part, or one without its UID: what was asked for stays, and is stored when the server
    gives it."""
    with mail_setup(dovecot=False) as s:
        def fetch(number, words, data):
            return b"* %d FETCH (%s BODY[] {%d}\r\n%s)\r\n" % (number, words, len(data), data)

        answers = {
            "two": lambda own, other: fetch(1, b"UID 1", own) + fetch(1, b"UID 1", own),
            "otherbefore": lambda own, other: fetch(2, b"UID 2", other) + fetch(1, b"UID 1", own),
            "otherbehind": lambda own, other: fetch(1, b"UID 1", own) + fetch(2, b"UID 2", other),
            "other": lambda own, other: fetch(2, b"UID 2", other),
            "nouid": lambda own, other: fetch(1, b"FLAGS ()", own),
            "uidbehind": lambda own, other: b"* 1 FETCH (BODY[] {%d}\r\n%s UID 2)\r\n" % (len(other), other),
            "twoinone": lambda own, other: b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s BODY[] {%d}\r\n%s)\r\n" % (len(own), own, len(other), other),
            "part": lambda own, other: b"* 1 FETCH (UID 1 BODY[TEXT] {%d}\r\n%s)\r\n" % (len(other), other),
            "piece": lambda own, other: b"* 1 FETCH (UID 1 BODY[]<7> {%d}\r\n%s)\r\n" % (len(other), other),
            "old": lambda own, other: b"* 1 FETCH (UID 1 RFC822 {%d}\r\n%s)\r\n" % (len(other), other),
        }
        boxes = []

        def give(answer):
            def trouble(server, c, argument):
                if argument.split(" ")[0] == "1":
                    server.fetched[1] = server.fetched.get(1, 0) + 1
                    c.sendall(answer(server.messages[1], message("foreign", contact="a@foreign.example", sender="foreign.example")))
                    return EMPTY
            return trouble

        for name, answer in answers.items():
            for after in ("delete", "keep"):
                boxes.append(Box(s, "imap", name + after, after, 3))
                boxes[-1].server.trouble["UID FETCH"] = give(answer)
        s.mailboxes(*[box.section for box in boxes])
        code, out, err = s.poll()
        assert code == 75 and not s.sql("SELECT count(*) FROM report WHERE report_id = 'foreign' OR report_id LIKE '%-0'"), (out, err)
        for box in boxes:
            line = box.line(out)
            assert "2 messages stored, 0 duplicates, 0 refused" in line and "1 to be tried again" in line and 1 in box.server.messages, line
            assert f"{box.name} UID 1: the server gives " in err, (box.name, err)
            box.server.trouble.clear()
        code, out, err = s.poll()
        assert code == 0, (out, err)
        for box in boxes:
            assert "1 message stored, 0 duplicates" in box.line(out), box.line(out)
            box.check(s, out)
            box.server.close()
        assert s.sql("SELECT count(*) FROM ledger") == 0 and deaths(s) == 0
        assert sum(value for value, in s.rows("SELECT value FROM counter WHERE name = 'mailbox_bad_replies' AND other = 'wrong'")) == 2 * len(answers)


def test_flags_that_come_with_a_message_are_no_message():
    with mail_setup(dovecot=False) as s:
        box = Box(s, "imap", "flags", "delete", 3)
        box.server.trouble["UID FETCH"] = lambda server, c, argument: c.sendall(b"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS ())\r\n* 3 EXISTS\r\n")
        s.mailboxes(box.section)
        code, out, err = s.poll()
        assert code == 0 and "3 messages stored" in out, (out, err)
        box.check(s, out)
        box.server.close()


def test_a_folder_may_be_named_as_a_pattern():
    """LIST would take % and * for others: a folder that is there is found, one that is not is made, and no other is taken for it."""
    with mail_setup() as s:
        def make(user, *names):
            for name in names:
                subprocess.run(["doveadm", "-c", s.dovecot.path("dovecot.conf"), "mailbox", "create", "-u", user, name], check=True)

        for number, (folder, others) in enumerate((("100%", ("1000", "100x")), ("a*b", ("ab", "axb")), ("%", ("x", "y")), ("*", ("x", "y")))):
            for there in (False, True):
                user = f"u{number}{int(there)}"
                s.dovecot.put(user, *wave(user, 2))
                make(user, *others, *([folder] if there else []))
                s.mailboxes(s.imap(user, user=user, after="move:" + folder))
                code, out, err = s.poll()
                assert code == 0 and "2 messages stored" in out and "not marked" not in out, (folder, there, out, err)
                # It was made by then.
                s.dovecot.put(user, *wave(user + "more", 2))
                code, out, err = s.poll()
                assert code == 0 and "2 messages stored" in out and "not marked" not in out, (folder, there, out, err)
                assert not s.dovecot.files(user) and len(s.dovecot.files(user, "." + folder)) == 4, s.dovecot.folders(user)
                assert all(not s.dovecot.files(user, "." + other) for other in others)
                # And it can be read.
                s.mailboxes(s.imap(user + "x", user=user, folder=folder))
                code, out, err = s.poll()
                assert code == 0 and " 4 duplicates" in out, (folder, out, err)


def test_what_is_to_be_done_with_messages_may_change_before_it_is_done():
    """Those that are stored and not marked get what is configured by then, and are not fetched again. A copy that is left in a folder
    of before is not taken for one in another."""
    with mail_setup(dovecot=False) as s:
        old, boxes = "IMAP4rev1 UIDPLUS NAMESPACE", []
        for number, (command, capabilities, after) in enumerate((("UID MOVE", None, "move:New"), ("UID MOVE", None, "delete"), ("UID MOVE", None, "seen"), ("UID MOVE", None, "keep"), ("UID COPY", old, "move:New"),
                                                                 ("UID STORE", old, "move:New"), ("UID STORE", old, "move:Old"), ("UID STORE", old, "delete"), ("UID STORE", None, "move:New"))):
            box = Box(s, "imap", f"changed{number}", "move:Old" if command != "UID STORE" or capabilities else "delete", 3, **({"capabilities": capabilities} if capabilities else {}))
            box.server.trouble[command] = NO
            box.then = after
            boxes.append(box)
        s.mailboxes(*[box.section for box in boxes])
        code, out, err = s.poll()
        assert code == 75 and out.count("3 messages stored") == out.count("3 stored but not marked") == len(boxes), (out, err)
        for box in boxes:
            box.server.trouble.clear()
        s.mailboxes(*[box.server.section(s, box.name, after=box.then) for box in boxes])
        # Done is done.
        for _ in range(2):
            code, out, err = s.poll()
            assert code == 0 and "not marked" not in out and out.count(" 0 messages stored, 0 duplicates") == len(boxes) and not waits(s), (out, err)
        for box in boxes:
            after = box.then
            assert list(box.server.fetched.values()) == [1] * 3, (box.name, box.server.fetched)
            assert len(box.server.messages) == (3 if after in ("seen", "keep") else 0), (box.name, box.server.messages.keys())
            assert after != "seen" or all("\\Seen" in box.server.flags.get(uid, ()) for uid in box.server.messages)
            if after.startswith("move"):
                assert len(box.server.folders[after[5:]]) == 3, (box.name, {k: len(v) for k, v in box.server.folders.items()})
            box.server.close()


def test_a_pop3_server_must_name_its_messages():
    """Without UIDL nothing is fetched, and it says why; of a line that is damaged too. When it names all, each is stored once."""
    with mail_setup(dovecot=False) as s:
        def damaged(line):
            def trouble(server, c, argument):
                c.sendall(b"+OK\r\n1 name-1\r\n" + line + b"\r\n3 name-3\r\n.\r\n")
                return SAID
            return trouble

        lines = [b"2", b"2 ", b"", b"x name-2", b"0 name-2", b"-2 name-2", b"99999999999999999999 name-2", b"4000000 name-2", b"2\tname-2", b" 2 name-2"]
        boxes = []
        for after in ("keep", "delete"):
            for number, what in enumerate([NO, *lines]):
                box = Box(s, "pop3", f"uidl{after}{number}", after, 3)
                box.what, box.server.trouble["UIDL"] = what, what if what == NO else damaged(what)
                boxes.append(box)
        s.mailboxes(*[box.section for box in boxes])
        for _ in range(2):
            code, out, err = s.poll()
            assert code == 75
            for box in boxes:
                wanted = ("the server has no UIDL", WORDS) if box.what == NO else ("LIST names 3 messages, and UIDL 2 of them",)
                assert "; failed" in box.line(out) and all(words in box.line(out) for words in wanted), (box.what, box.line(out))
                assert not box.server.fetched and "DELE" not in box.server.seen and len(box.server.messages) == 3, box.what
        for box in boxes:
            box.server.trouble.clear()
        for words in ("3 messages stored, 0 duplicates", " 0 messages stored, 0 duplicates"):
            code, out, err = s.poll()
            assert code == 0, (out, err)
            for box in boxes:
                assert words in box.line(out) and list(box.server.fetched.values()) == [1] * 3, (box.what, box.line(out))
                box.check(s, out)
        for box in boxes:
            box.server.close()


def test_a_server_that_refuses_to_idle_is_asked_every_interval():
    """And on the same connection; that is said once."""
    with mail_setup(dovecot=False) as s:
        for what in (NO, BAD):
            server = ImapServer(s, [message(f"{what}-first")])
            server.trouble["IDLE"] = what
            s.mailboxes(server.section(s, f"idle{what}", idle="yes", interval="1s"))
            since = len(s.log("collector")) if os.path.exists(s.path("collector.log")) else 0
            before = stored(s)
            s.start("collector")
            until = time.time() + 40
            while server.seen.get("NOOP", 0) < 4:
                assert time.time() < until, (server.seen, s.log("collector")[since:])
                time.sleep(0.1)
            server.add(message(f"{what}-second"))
            while stored(s) < before + 2:
                assert time.time() < until, (server.seen, s.log("collector")[since:])
                time.sleep(0.1)
            s.stop("collector")
            log = s.log("collector")[since:]
            assert server.seen["LOGIN"] == 1 and server.seen["IDLE"] == 1, server.seen
            assert log.count("does not let us wait for news") == 1 and WORDS in log and "trying again later" not in log, log
            assert not ask(s, "SELECT sum(poll_failures) FROM mailbox")
            server.close()


main()
