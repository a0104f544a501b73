#!/usr/bin/env python3
"""IMAP and POP3 servers that fail in the middle of their work: nothing is lost, nothing is stored twice, nothing is stuck, and
`poll` says how it is."""
from scripted import *


def deaths(s):
    return sum(value for value, in s.rows("SELECT value FROM counter WHERE name = 'mail_child_deaths'"))


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


COUNTS = (1, 127, 128, 129, 1000)


def wave(name, count):
    """So many messages, of more reporters than one may send a day."""
    return [message(f"{name}-{i}", contact=f"a@{name}-{i // 50}.example", sender=f"{name}-{i // 50}.example", successes=1) for i in range(count)]


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
            assert f"{name}: {count} messages stored" in out, (name, out)
            assert files() == (count if after in ("keep", "seen") else 0), (name, files())
            assert after != "move:Done" or files(".Done") == count, name
        code, out, err = s.poll()
        assert code == 0 and out.count(" 0 messages stored") == len(boxes), (code, out)
        assert stored(s) == total and not s.rows("SELECT value FROM counter WHERE name = 'inputs' AND other = 'duplicate'")


main()
