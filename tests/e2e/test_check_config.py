#!/usr/bin/env python3
"""check-config finds what serve will miss, all of it, before serve is started."""
from mail import *


def check(s, *options, env=()):
    done = subprocess.run(s.as_user(["env", *env, s.path("collector"), "-c", s.path("tlsrpt.conf"), "check-config", *options]), capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def problem(s, err, key, words):
    """The line about key, which has file, line and what is wrong."""
    lines = [line for line in err.splitlines() if re.match(rf"tlsrpt-collector: {re.escape(s.path('tlsrpt.conf'))}:\d+: {key}: ", line)]
    assert any(words in line for line in lines), (key, words, err)


def make_maildir(path):
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, sub))
    return path


def remote(name, **keys):
    return mailbox_section(name, host="localhost", port=9, user="u", **keys)


# What is wrong with a mailbox, and which key and words say so.
BROKEN = {
    "no-file": ({"password_file": "/nowhere/password"}, "password_file", "/nowhere/password: No such file"),
    "no-env": ({"password_env": "TLSRPT_NO_SUCH"}, "password_env", "no variable TLSRPT_NO_SUCH"),
    "no-command": ({"token_command": "/nowhere/token"}, "token_command", "/nowhere/token: No such file"),
    "no-path": ({"token_command": "no-such-program-there x"}, "token_command", "no program no-such-program-there"),
    "no-ca": ({"password_env": "HOME", "ca_file": "/nowhere/ca.pem"}, "ca_file", "/nowhere/ca.pem"),
    "no-mbox": ({"type": "mbox", "path": "/nowhere/mbox"}, "path", "/nowhere/mbox: No such file"),
    "no-maildir": ({"type": "maildir", "path": "/nowhere/md"}, "path", "/nowhere/md/cur: No such file"),
}


def section(name, keys):
    return mailbox_section(name, **keys) if "type" in keys else remote(name, **keys)


def test_each_thing_that_a_mailbox_lacks_is_named():
    with mail_setup(dovecot=False) as s:
        for name, (keys, key, words) in BROKEN.items():
            s.mailboxes(section(name, keys))
            code, _, err = check(s, env=["HOME=/"])
            assert code == 78, (name, code, err)
            problem(s, err, key, words)
        # All of it in one go, and a reload goes on without them, as serve does.
        s.mailboxes(*(section(name, keys) for name, (keys, _, _) in BROKEN.items()))
        for options, status in (((), 78), (("--reload",), 0)):
            code, out, err = check(s, *options, env=["HOME=/"])
            assert code == status, (options, code, err)
            for keys, key, words in BROKEN.values():
                problem(s, err, key, words)
            assert ("in order" in out) == (status == 0), out
        # A credential is not there at a shell, which says nothing of the unit.
        s.mailboxes(remote("main", password_credential="main"))
        code, out, err = check(s)
        assert code == 0 and "in order" in out, (code, err)
        problem(s, err, "password_credential", "systemd-run --pipe --wait")
        assert check(s, env=["CREDENTIALS_DIRECTORY=/nowhere"])[0] == 78


def test_what_others_must_not_read_is_tried_as_the_user_that_serves():
    with mail_setup(dovecot=False) as s:
        path = make_maildir(s.path("md"))
        s.own()
        s.mailboxes(mailbox_section("main", type="maildir", path=path, after="seen"), remote("other", password_file=s.path("password")))
        assert check(s)[0] == 0
        if not s.user:
            return
        for name in ("md/cur", "password", "server.key", "store/tlsrpt.db"):
            if name == "store/tlsrpt.db":
                open(s.path(name), "w").close()
                s.own()
            before = os.stat(s.path(name))
            os.chown(s.path(name), 0, 0)
            os.chmod(s.path(name), 0o700)
            # As root, too: it becomes the owner of the store's folder.
            for command in (s.as_user([s.path("collector")]), [s.path("collector")]):
                done = subprocess.run([*command, "-c", s.path("tlsrpt.conf"), "check-config"], capture_output=True, text=True)
                assert done.returncode == 78 and s.path(name) + ": Permission denied" in done.stderr, (name, done)
            os.chown(s.path(name), before.st_uid, before.st_gid)
            os.chmod(s.path(name), before.st_mode & 0o777)
        # Read only is enough for a Maildir in which nothing is marked.
        os.chown(s.path("md/cur"), 0, 0)
        os.chmod(s.path("md/cur"), 0o755)
        problem(s, check(s)[2], "path", "md/cur: Permission denied")
        s.mailboxes(mailbox_section("main", type="maildir", path=path))
        assert check(s)[0] == 0, check(s)


def test_what_is_no_mailbox_is_tried_too():
    with mail_setup(dovecot=False) as s:
        s.mailboxes(common="domains_file = /nowhere/domains\n")
        code, _, err = check(s)
        assert code == 78, (code, err)
        problem(s, err, "domains_file", "/nowhere/domains")
        s.config(collector="submit = /nowhere/submit.sock\n")
        code, _, err = check(s)
        assert code == 78, (code, err)
        problem(s, err, "submit", "/nowhere: No such file")
        assert check(s, "--reload")[0] == 0
        s.config()
        os.rename(s.path("store"), s.path("elsewhere"))
        os.remove(s.path("server.key"))
        code, _, err = check(s, "--reload")
        assert code == 78, (code, err)
        problem(s, err, "store", "No such file")
        problem(s, err, "key", "server.key")


def test_connect_logs_in_to_each_mailbox_and_changes_nothing():
    with mail_setup() as s:
        s.dovecot.put("reports", message("r1"))
        wrong = s.path("wrong")
        with open(wrong, "w") as f:
            f.write("not-it\n")
        s.own()
        s.mailboxes(s.imap(), s.pop3("other"))
        code, out, err = check(s, "--connect")
        assert code == 0 and out.count("connected and logged in") == 2, (code, out, err)
        # Not seen, not moved, not deleted.
        name, = s.dovecot.files("reports")
        assert not set("STFR") & set(name.partition(":2,")[2]), name
        assert not os.path.exists(s.path("store/tlsrpt.db"))
        closed = free_port()
        s.mailboxes(s.imap(), s.imap("refused", password_file=wrong), s.imap("closed", port=closed), s.imap("nobody", host="no-such-host.invalid"), s.imap("folder", folder="No/Such"), s.imap("ca", ca_file=s.path("server.pem")))
        # Without --connect nothing is asked of the network.
        assert check(s)[0] == 0
        code, out, err = check(s, "--connect")
        assert code == 75 and out.count("connected and logged in") == 1, (code, out, err)
        lines = [line for line in err.splitlines() if ": host: " in line]
        assert len(lines) == 5, err
        for words in ("while logging in", "Connection refused", "no-such-host.invalid", "No/Such", "certificate"):
            assert any(words in line for line in lines), (words, err)


def test_parameters_of_the_verdict_that_are_not_the_default_are_printed():
    with mail_setup(dovecot=False) as s:
        s.mailboxes(common="domains = example.org\n[verdict]\ncell_cap = 200\nmax_refusal = 0.5 %\n[domain example.org]\nmin_reporters = 3\n")
        wanted = "[verdict] max_refusal = 0.5 % (default 0.01)\n[domain example.org] min_reporters = 3\n"
        for program in ("collector", "exporter"):
            code, out, err = s.run(program, "check-config")
            assert code == 0 and out.startswith(wanted) and "in order" in out, (program, code, out, err)
        # A reload says what is wrong, and no more.
        code, out, err = check(s, "--reload")
        assert code == 0 and "max_refusal" not in out and "in order" in out, (code, out, err)


def test_a_key_of_an_older_release_is_a_warning():
    with mail_setup(dovecot=False) as s:
        s.mailboxes(common="domains = example.org\n[verdict]\nwitness_days = 7\n")
        said = re.compile(rf"{re.escape(s.path('tlsrpt.conf'))}:\d+: witness_days has no effect any more; remove this line, and see standing_days")
        for program in ("collector", "exporter"):
            code, out, err = s.run(program, "check-config")
            assert code == 0 and "in order" in out and len(said.findall(err)) == 1, (program, code, out, err)
        s.start("collector"), s.start("exporter")
        assert len(said.findall(s.log("exporter"))) == 1 and not said.search(s.log("collector"))


def test_parameters_that_contradict_each_other_stop_the_start():
    with mail_setup(dovecot=False) as s:
        s.mailboxes(common="domains = example.org\n[domain two.example]\nmax_refusal = 2 %\n")
        for program in ("collector", "exporter"):
            for verb in ("check-config", "serve"):
                code, out, err = s.run(program, verb)
                assert code == 78 and re.search(r"tlsrpt\.conf:\d+: max_refusal: 0\.02 is more than exit_refusal, 0\.015: .*; lower max_refusal or raise exit_refusal", err), (program, verb, code, out, err)


main()
