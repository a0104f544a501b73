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


main()
