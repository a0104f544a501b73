#!/usr/bin/env python3
"""IMAP and POP3 servers that fail in the middle of their work: nothing is lost, nothing is stored twice, nothing is stuck, and
`poll` says how it is."""
from scripted import *


def test_a_refused_command_ends_no_process():
    with mail_setup(dovecot=False) as s:
        total = 0
        for command in ("listing", "UID FETCH"):
            for what in (NO, BAD):
                server = ImapServer(s, [message(f"{command}-{what}-{i}") for i in range(3)])
                s.mailboxes(server.section(s, f"{command.split()[-1]}-{what}"))
                server.trouble[command] = what
                code, out, err = s.poll()
                assert "Too busy just now" in out + err, (command, what, code, out, err)
                assert deaths(s) == 0, (command, what, err)
                server.trouble.clear()
                s.poll()
                assert stored(s) == (total := total + 3), (command, what, stored(s))
                server.close()


IMAP_COMMANDS = {"keep": ("greeting", "CAPABILITY", "LOGIN", "SELECT", "NOOP", "listing", "UID FETCH", "LOGOUT"), "seen": ("UID STORE",),
                 "move:Done": ("NAMESPACE", "LIST", "CREATE", "UID MOVE"), "move:Old": ("UID COPY", "UID STORE", "UID EXPUNGE"), "delete": ("UID STORE", "UID EXPUNGE")}
POP3_COMMANDS = {"keep": ("greeting", "USER", "PASS", "LIST", "UIDL", "RETR"), "delete": ("DELE", "QUIT")}


def table():
    for type, commands in (("imap", IMAP_COMMANDS), ("pop3", POP3_COMMANDS)):
        for after, words in commands.items():
            for command in words:
                yield type, after, command


def poll_until_done(s, boxes, rounds=4):
    """Rounds until one has nothing to say against any mailbox."""
    for _ in range(rounds):
        code, out, err = s.poll()
        if code == 0:
            break
    assert code == 0, (out, err[-3000:])
    return out


# What comes before a message, and what comes after it is stored.
FETCHES, MARKS = ("UID FETCH", "RETR"), ("UID STORE", "UID COPY", "UID MOVE", "UID EXPUNGE", "DELE", "QUIT")


def check_session_that_ended(s, box, round_, line):
    """What a round must say of a session that ended at a command, with or without the answer."""
    _, _, command, what = box.what
    whole, cut = (box.server.longest[command], what) if isinstance(what, Cut) else (100, 0)
    if command == "LOGOUT":
        stored_now, failed = 0 if round_ else 3, False
    elif command == "CREATE" and isinstance(what, Cut) and round_:
        # The folder was made all the same.
        stored_now, failed = 3, False
    elif command in MARKS:
        # It may have been done, and with the whole answer it may have been the last.
        stored_now, failed = (0, None) if round_ else (3, True if cut < whole - 2 else None)
    elif command in FETCHES:
        stored_now, failed = 0 if cut < whole - 20 else 1 if cut >= whole else None, True
    else:
        stored_now, failed = 0, True
    if stored_now is not None:
        assert f": {stored_now} message{'s' * (stored_now != 1)} stored, 0 duplicates, 0 refused, 0 no reports, " in line, (box.what, round_, line)
    assert failed is None or ("; failed" in line) == failed, (box.what, round_, line)


def check_fetches(s, box):
    """Each message once, but for the one that each of two rounds could not be given; what failed comes last."""
    counts = [box.server.fetched.get(uid, 0) for uid in (1, 2, 3)]
    again = 2 if box.what[2] in FETCHES else 0
    assert min(counts) == 1 and max(counts) <= 1 + again // 2 and sum(counts) <= 3 + again, (box.what, counts)


def box_of(s, type, name, after):
    more = {"capabilities": "IMAP4rev1 UIDPLUS NAMESPACE"} if after == "move:Old" else {}
    return Box(s, type, name, after, **more)


def answer_lengths(s):
    """How many bytes the answer to each command has at most, where nothing is wrong."""
    boxes = {(type, after): box_of(s, type, f"w{number}", after) for number, (type, after) in enumerate(dict.fromkeys((type, after) for type, after, _ in table()))}
    s.mailboxes(*[box.section for box in boxes.values()])
    poll_until_done(s, boxes.values())
    for box in boxes.values():
        box.server.close()
    return {(*which, command): length for which, box in boxes.items() for command, length in box.server.longest.items()}


def misbehave(s, cases, first=0):
    """Each case in a mailbox of its own, all in trouble for two rounds, then none. Where its name was another's before, what that one had read is read."""
    boxes = []
    for number, (type, after, command, what) in enumerate(cases, first):
        box = box_of(s, type, f"c{number}", after)
        box.server.trouble[command] = what
        box.what = (type, after, command, what)
        box.cut = (command,) if isinstance(what, Cut) else ()
        boxes.append(box)
    s.mailboxes(*[box.section for box in boxes])
    said = [s.poll() for _ in range(2)]
    for box in boxes:
        type, after, command, what = box.what
        for code, out, err in said:
            line = box.line(out)
            # It says that all is well only where all is well.
            if not re.search("failed|[1-9][0-9]* to be tried again|not marked", line):
                box.check(s, (box.what, line))
        if what in (BYE, SILENCE) or isinstance(what, Cut):
            for round_, (code, out, err) in enumerate(said):
                # In a round of many at least one has failed, unless all of them may end so.
                assert code == 75 or code == 0 and "; failed" not in out, (code, out)
                check_session_that_ended(s, box, round_, box.line(out))
            # Nobody knows which message is to blame, if any is.
            assert s.sql(f"SELECT coalesce(sum(faults), 0) FROM mailbox_message JOIN mailbox ON mailbox_id = mailbox.id WHERE name = '{box.name}'") == 0, box.what
        if what in (NO, BAD) and command not in ("LOGOUT",):
            assert "Too busy" in "".join(out + err for _, out, err in said) and (what != NO or command in ("CREATE", "UID MOVE") or WORDS in out + err), box.what
        box.server.trouble.clear()
    assert deaths(s) == 0
    out = poll_until_done(s, boxes)
    for box in boxes:
        box.check(s, (box.what, box.line(out)))
        assert "given up" not in box.line(out), (box.what, out)
        if box.what[3] != EMPTY:
            check_fetches(s, box)
        box.server.close()
    others = s.rows("SELECT first, other, value FROM counter WHERE name = 'inputs' AND other <> 'stored'")
    assert not [row for row in others if row[2]], others


def test_whatever_a_server_answers_nothing_is_lost_doubled_or_stuck():
    with mail_setup(dovecot=False) as s:
        misbehave(s, [(type, after, command, what) for type, after, command in table() for what in (NO, BAD, BYE, SILENCE, EMPTY, Cut(0))])


def test_a_server_may_end_the_connection_at_any_byte():
    """A sample; all of them in the long rounds."""
    import random
    with mail_setup(dovecot=False) as s:
        cases, lengths = [], answer_lengths(s)
        for type, after, command in table():
            whole = lengths[type, after, command]
            # Those of a mailbox with a longer name are longer.
            places = range(1, whole + 10, 1 if LONG else max(1, whole // 5))
            cases += [(type, after, command, Cut(n if LONG else n + random.randrange(10))) for n in places]
        for first in range(0, len(cases), 180):
            misbehave(s, cases[first:first + 180], first)


def due(s):
    """What waits for its time may be tried."""
    with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
        db.execute("UPDATE mailbox_message SET next_try = 0")
        db.commit()


def test_one_message_that_cannot_be_read_holds_up_no_other():
    """Refused, or the end of the session: what follows is fetched, each once, and in the end the ledger names the one."""
    with mail_setup(dovecot=False) as s:
        for what in (NO, BYE, EMPTY, Cut(30)):
            name = "one" + str(what).lower().replace(" ", "")
            server = ImapServer(s, [message(f"{name}-{i}", contact=f"a@{name}.example", sender=f"{name}.example") for i in range(6)])
            server.trouble["UID FETCH"] = lambda server, c, argument: what if argument.split(" ")[0] == "3" else None
            s.mailboxes(server.section(s, name, after="delete"))
            outs = []
            for round_ in range(12):
                outs.append(s.poll()[1])
                if "1 given up" in outs[-1]:
                    break
                assert "to be tried again" in outs[-1] and " 0 to be" not in outs[-1], outs
                # The evidence of others.
                if round_ % 2:
                    server.add(message(f"{name}-more{round_}", contact=f"a@{name}.example", sender=f"{name}.example"))
            assert "1 given up" in outs[-1] and len(outs) > 2, (what, outs)
            s.poll()
            assert all(count == 1 for uid, count in server.fetched.items() if uid != 3), (what, server.fetched)
            assert set(server.messages) == {3}, (what, server.messages.keys())
            code, out, _ = s.run("collector", "refused")
            assert "three times" in out and f"mailbox {name}" in out, out
            # It is left alone, until somebody asks.
            asked = server.seen["UID FETCH"]
            assert s.poll()[0] == 0 and server.seen["UID FETCH"] == asked
            server.trouble.clear()
            code, out, err = s.run("collector", "--again", "poll")
            assert code == 0 and "1 message stored" in out and "given up" not in out and not server.messages, (what, out, err)
            server.close()


def test_a_server_that_gives_few_messages_is_read_to_the_end():
    """It ends each session after some fetches, or refuses all that follow: nothing is given up, nothing fetched twice."""
    with mail_setup(dovecot=False) as s:
        for what in (Cut(0), BYE, NO, BAD):
            for after in ("keep", "move:Done"):
                name = "few" + str(what).lower().replace(" ", "") + after[:4]
                box = Box(s, "imap", name, after, 30)
                given = {}

                def trouble(server, c, argument):
                    given[c] = given.get(c, 0) + 1
                    return what if given[c] > 7 else None

                box.server.trouble["UID FETCH"] = trouble
                s.mailboxes(box.section)
                poll_until_done(s, [box], 8)
                box.check(s, what)
                assert s.sql("SELECT count(*) FROM ledger") == 0
                assert s.rows("SELECT value FROM counter WHERE name = 'inputs' AND other = 'duplicate'") in ([], [(0,)]), (what, after)
                box.server.close()


def test_a_mark_that_is_refused_is_tried_without_fetching():
    with mail_setup(dovecot=False) as s:
        s.start("exporter")
        for number, (after, command, what, capabilities) in enumerate((("move:Done", "UID MOVE", NO, None), ("move:Done", "UID COPY", NO, "IMAP4rev1 UIDPLUS"), ("move:Done", "UID STORE", NO, "IMAP4rev1 UIDPLUS"),
                                                                       ("delete", "UID EXPUNGE", NO, None), ("seen", "UID STORE", BAD, None), ("move:Done", "CREATE", NO, None))):
            box = Box(s, "imap", f"mark{number}", after, 5, **({"capabilities": capabilities} if capabilities else {}))
            box.server.trouble[command] = what
            s.mailboxes(box.section)
            for _ in range(3):
                code, out, err = s.poll()
                assert code == 75 and "5 stored but not marked" in out and "0 to be tried again" in out and "Too busy just now" in err, (out, err)
            assert list(box.server.fetched.values()) == [1] * 5, box.server.fetched
            assert command != "UID STORE" or after != "move:Done" or box.server.seen["UID COPY"] == 1, box.server.seen
            s.wait_value(f'tlsrpt_mailbox_unmarked_messages{{mailbox="mark{number}"}}', 5, 40)
            box.server.trouble.clear()
            code, out, err = s.poll()
            assert code == 0 and "not marked" not in out, (out, err)
            box.check(s, command)
            box.server.close()


def test_a_move_that_is_not_understood_is_a_copy():
    with mail_setup(dovecot=False) as s:
        box = Box(s, "imap", "bad", "move:Done", 5)
        box.server.trouble["UID MOVE"] = BAD
        s.mailboxes(box.section)
        code, out, err = s.poll()
        assert code == 0 and "not marked" not in out and box.server.seen["UID MOVE"] == 1, (out, err)
        box.check(s, out)
        box.server.close()


def test_folders_are_named_as_the_server_has_them():
    with mail_setup(dovecot=False) as s:
        for delimiter, prefix, after, wanted in ((".", "INBOX.", "Reports/Done", "INBOX.Reports.Done"), (".", "", "Reports/Done", "Reports.Done"), (".", "INBOX.", "INBOX.Reports.Done", "INBOX.Reports.Done"),
                                                 ("/", "", "Reports/Done", "Reports/Done"), ("/", "Mail/", "Reports", "Mail/Reports")):
            name = "n" + str(abs(hash((delimiter, prefix, after))))
            box = Box(s, "imap", name, "move:" + after, 5, delimiter=delimiter, prefix=prefix)
            s.mailboxes(box.section)
            code, out, err = s.poll()
            assert code == 0 and list(box.server.folders) == [wanted], (out, err, box.server.folders.keys())
            box.check(s, out)
            box.server.close()


def test_a_real_dovecot_with_dots_a_prefix_and_a_quota():
    with mail_setup() as s:
        def anew(separator, prefix, more=""):
            with open(s.dovecot.path("dovecot.conf"), "w") as f:
                f.write(s.dovecot.conf().replace("  separator = /", f"  separator = {separator}\n  prefix = {prefix}") + more)
            s.dovecot.close()
            s.dovecot.start()

        for number, (prefix, folder) in enumerate((("", ""), ("INBOX.", ""), ("INBOX.", "In/Reports"))):
            anew(".", prefix)
            user = f"user{number}"
            s.dovecot.put(user, *wave(user, 30))
            if folder:
                subprocess.run(["doveadm", "-c", s.dovecot.path("dovecot.conf"), "mailbox", "create", "-u", user, prefix + "In.Reports"], check=True)
                s.mailboxes(s.imap(user, user=user, after="move:" + folder))
                assert s.poll()[0] == 0 and not s.dovecot.files(user)
            s.mailboxes(s.imap(user + "x", user=user, after="move:Reports/Done", **({"folder": folder} if folder else {})))
            code, out, err = s.poll()
            assert code == 0 and ("30 messages stored" in out or folder and "30 duplicates" in out), (out, err)
            assert len(s.dovecot.files(user, ".Reports.Done")) == 30, s.dovecot.folders(user)
        if s.dovecot.version >= (2, 4):
            quota = ("mail_plugins {\n  quota = yes\n}\nprotocol imap {\n  mail_plugins {\n    imap_quota = yes\n  }\n}\n"
                     'quota "User quota" {\n  driver = maildir\n  storage_size = 40K\n}\nquota_mail_size = 1K\n')
        else:
            quota = ("mail_plugins = quota\nprotocol imap {\n  mail_plugins = quota imap_quota\n}\n"
                     "plugin {\n  quota = maildir:User quota\n  quota_rule = *:storage=40K\n  quota_max_mail_size = 1K\n}\n")
        anew("/", "", quota)
        s.dovecot.put("full", *wave("full", 30))
        s.mailboxes(s.imap("full", user="full", after="delete", failed="keep"))
        code, out, err = s.poll()
        assert code == 0 and "30 messages stored" in out and not s.dovecot.files("full"), (out, err)


def test_two_messages_may_have_one_unique_id():
    """RFC 1939 section 7: a server may make it of the content, so that two copies of a message have the same."""
    with mail_setup(dovecot=False) as s:
        for after in ("keep", "delete"):
            box = Box(s, "pop3", "twins" + after, after, 3)
            box.server.add(box.server.messages[2])
            box.server.unique = lambda uid: f"content-{2 if uid == 4 else uid}"
            s.mailboxes(box.section)
            code, out, err = s.poll()
            assert code == 0 and "3 messages stored, 1 duplicate" in out, (out, err)
            assert len(box.server.messages) == (4 if after == "keep" else 0), box.server.messages.keys()
            code, out, err = s.poll()
            assert code == 0 and " 0 messages stored" in out and box.server.seen["RETR"] == 4, (out, err, box.server.seen)
            box.server.close()


def test_a_server_that_always_has_news_is_not_asked_without_a_pause():
    with mail_setup(dovecot=False) as s:
        server = ImapServer(s, [message("r1")])
        server.news = lambda: b"* %d EXISTS\r\n" % (1 + server.seen["IDLE"] % 2)
        s.mailboxes(server.section(s, idle="yes", interval="1h"))
        s.start("collector")
        until = time.time() + 20
        while server.seen.get("IDLE", 0) < 2:
            assert time.time() < until, s.log("collector")
            time.sleep(0.1)
        time.sleep(5)
        assert server.seen["IDLE"] < 9, server.seen
        s.stop("collector")
        server.close()


def test_a_message_that_another_client_takes_away_is_no_failure():
    with mail_setup() as s:
        s.dovecot.put("reports", message("r1"))
        s.mailboxes(s.imap(interval="2s"))
        s.start("collector")
        until = time.time() + 20
        while ask(s, "SELECT coalesce(sum(polls), 0) FROM mailbox") < 1:
            assert time.time() < until
            time.sleep(0.1)
        subprocess.run(["doveadm", "-c", s.dovecot.path("dovecot.conf"), "expunge", "-u", "reports", "mailbox", "INBOX", "all"], check=True)
        until = time.time() + 30
        while ask(s, "SELECT coalesce(sum(polls), 0) FROM mailbox") < 4:
            assert time.time() < until
            time.sleep(0.1)
        assert ask(s, "SELECT coalesce(sum(poll_failures), 0) FROM mailbox") == 0, s.log("collector")


def test_what_a_server_repeats_shows_no_secret():
    secrets = 'pa55-"w0rd', "t0ken-" + "x" * 40
    with mail_setup(dovecot=False) as s:
        with open(s.path("password"), "w") as f:
            f.write(secrets[0])
        with open(s.path("token"), "w") as f:
            f.write("#!/bin/sh\necho " + secrets[1] + "\n")
        os.chmod(s.path("token"), 0o755)

        def repeat(begin):
            def trouble(server, c, argument):
                c.sendall(begin.encode() + argument.encode() + b"\r\n")
                raise Ended
            return trouble

        for server, command, begin in ((ImapServer(s), "LOGIN", "* BYE what is LOGIN "), (Pop3Server(s), "PASS", "-ERR what is PASS "),
                                       (ImapServer(s), "AUTHENTICATE", "* BYE what is AUTHENTICATE "), (Pop3Server(s), "AUTH", "-ERR what is AUTH ")):
            server.trouble[command] = repeat(begin)
            more = {"token_command": s.path("token"), "password_file": ""} if "AUTH" in command else {}
            s.mailboxes(server.section(s, **more))
            s.own()
            code, out, err = s.poll()
            said = out + err
            assert code == 75 and "what is " + command in said, (command, out, err)
            for secret in (*secrets, secrets[0].replace('"', '\\"')):
                assert secret not in said, (command, said)
            for word in re.findall("[A-Za-z0-9+/]{20,}=*", said):
                with contextlib.suppress(ValueError):
                    assert b"t0ken" not in base64.b64decode(word + "=" * (-len(word) % 4)), (command, said)
            server.close()


COUNTS = (1, 127, 128, 129, 1000)


def fill(s, type, name, count):
    """A mailbox of that type with so many messages; its section without `after`, and a function of what lies where later."""
    messages = wave(name, count)
    if type in ("imap", "pop3"):
        s.dovecot.put(name, *messages)
        return getattr(s, type)(name, user=name), lambda folder="": len(s.dovecot.files(name, folder))
    path = s.path(name)
    if type == "maildir":
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        put_in_maildir(path, *messages)
        return mailbox_section(name, type=type, path=path), lambda folder="": len(maildir_files(os.path.join(path, folder)))
    with open(path, "wb") as f:
        for data in messages:
            f.write(b"From x@example.org Wed Nov 25 10:00:00 2026\n" + data.replace(b"\r\n", b"\n") + b"\n")
    return mailbox_section(name, type=type, path=path), lambda folder="": count


AFTER = {"imap": ("keep", "seen", "move:Done", "delete"), "pop3": ("keep", "delete"), "maildir": ("keep", "seen", "move:Done", "delete"), "mbox": ("keep",)}
# The others of a thousand belong to the long rounds.
LARGE = ("imap-move", "pop3-keep", "pop3-delete", "maildir-move", "mbox-keep")


def test_any_number_of_messages_ends_where_it_belongs():
    """Of each kind of mailbox, with each `after`: fewer than a window of messages, one, and many."""
    with mail_setup() as s:
        boxes = []
        for type, words in AFTER.items():
            for after in words:
                for count in COUNTS:
                    name = f"{type}-{after.partition(':')[0]}"
                    if count < 1000 or LONG or name in LARGE:
                        name += f"-{count}"
                        boxes.append((name, after, count, *fill(s, type, name, count)))
        s.mailboxes(*[section + f"after = {after}\n" for _, after, _, section, _ in boxes])
        s.own()
        total = sum(count for _, _, count, _, _ in boxes)
        start = time.time()
        code, out, err = s.poll()
        print(f"        {len(boxes)} mailboxes, {total} messages, {time.time() - start:.1f} s")
        assert code == 0, (code, out, err[-2000:])
        for name, after, count, _, files in boxes:
            assert f"{name}: {count} message{'s' * (count > 1)} stored, 0 duplicates," in out, (name, out)
            assert files() == (count if after in ("keep", "seen") else 0), (name, files())
            assert after != "move:Done" or files(".Done") == count, name
        code, out, err = s.poll()
        assert code == 0 and out.count(" 0 messages stored") == len(boxes), (code, out)
        assert stored(s) == total and not s.rows("SELECT value FROM counter WHERE name = 'inputs' AND other = 'duplicate'")


main()
