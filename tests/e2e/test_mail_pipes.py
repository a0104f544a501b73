#!/usr/bin/env python3
"""The recipes of collector/submit/README.md, pasted from it, in a real Postfix, Dovecot and procmail, whose users have no right to the store."""
import smtplib, textwrap
from test_submit import GROUP, SubmitSetup
from mail import *

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = "/usr/sbin/tlsrpt-collector"


def recipe(words):
    """The one block of that page that has these words."""
    with open(ROOT + "/collector/submit/README.md") as f:
        blocks = re.findall(r"^```\w*\n(.*?)^```$", f.read(), re.M | re.S)
    found = [block for block in blocks if words in block]
    assert len(found) == 1, (words, found)
    return found[0]


def changed(text, *pairs):
    """With the test's places in place of the real ones, each of which has to be there."""
    for old, new in pairs:
        assert old in text, (old, text)
        text = text.replace(old, new)
    return text


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def wait_for(condition, seconds=60):
    until = time.time() + seconds
    while not condition():
        assert time.time() < until
        time.sleep(0.1)


class PipeSetup(SubmitSetup):
    def __init__(self):
        super().__init__()
        assert changed(recipe("submit = /run"), ("/run/tlsrpt/submit", self.socket())) == f"[collector]\nsubmit = {self.socket()}\n"
        # In its place, with the test's configuration.
        self.program = write(self.path("program"), f'#!/bin/sh\nexec {self.path("collector")} -c {self.path("tlsrpt.conf")} "$@"\n', 0o755)

    @contextlib.contextmanager
    def locked(self):
        lock = sqlite3.connect(self.path("store/tlsrpt.db"), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            lock.execute("ROLLBACK")
            lock.close()

    def proved(self):
        """The reports that count as signed."""
        return self.run("collector", "reports")[1].count(" dkim ")


@contextlib.contextmanager
def pipe_setup():
    s = PipeSetup()
    try:
        yield s
    except BaseException:
        for name in ("collector.log", "postfix/log", "dovecot/log"):
            with contextlib.suppress(OSError), open(s.path(name), errors="replace") as f:
                sys.stderr.write(f"--- {name}\n{f.read()[-3000:]}\n")
        raise
    finally:
        s.close()


class Postfix:
    """In a folder of its own, for tlsrpt@example.org by SMTP; it tries again every other second."""

    def __init__(self, s, line):
        self.folder, self.port = s.path("postfix"), free_port()
        for name in ("queue", "data"):
            os.makedirs(os.path.join(self.folder, name))
        shutil.chown(os.path.join(self.folder, "data"), "postfix")
        write(self.path("etc/transport"), "tlsrpt@example.org tlsrpt:\n")
        write(self.path("etc/main.cf"), textwrap.dedent(f"""
            compatibility_level = 3.6
            queue_directory = {self.path("queue")}
            data_directory = {self.path("data")}
            maillog_file_prefixes = {self.folder}
            maillog_file = {self.path("log")}
            myhostname = mx.example.org
            mydestination =
            relay_domains = example.org
            mynetworks = 127.0.0.0/8
            smtpd_relay_restrictions = permit_mynetworks, reject
            transport_maps = texthash:{self.path("etc/transport")}
            alias_maps =
            inet_interfaces = 127.0.0.1
            queue_run_delay = 1s
            minimal_backoff_time = 1s
            maximal_backoff_time = 2s
            tlsrpt_destination_recipient_limit = 1
            tlsrpt_transport_rate_delay = 0s
            """))
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 1 1 qmgr", "rewrite unix - - n - - trivial-rewrite",
                    "anvil unix - - n - 1 anvil", "postlog unix-dgram n - n - 1 postlogd"]
        services += [f"{name} unix - - n - {most} {name if name == 'discard' else 'error' if name in ('error', 'retry') else 'bounce'}"
                     for name, most in (("bounce", 0), ("defer", 0), ("trace", 0), ("error", "-"), ("retry", "-"), ("discard", "-"))]
        services += ["flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap", "tlsmgr unix - - n 1000? 1 tlsmgr", "verify unix - - n - 1 verify", "scache unix - - n - 1 scache"]
        write(self.path("etc/master.cf"), "\n".join(services) + "\n" + line)
        self.do("start")
        wait_for(lambda: not Ports.is_free(self.port))

    def path(self, name):
        return os.path.join(self.folder, name)

    def do(self, verb):
        done = subprocess.run(["/usr/sbin/postfix", "-c", self.path("etc"), verb], capture_output=True, text=True)
        assert done.returncode == 0, (verb, done.stdout, done.stderr, self.log())

    def log(self):
        with contextlib.suppress(OSError), open(self.path("log"), errors="replace") as f:
            return f.read()
        return ""

    def send(self, data):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as smtp:
            smtp.sendmail("tlsrpt@sender.example", ["tlsrpt@example.org"], data)

    def close(self):
        with contextlib.suppress(AssertionError):
            self.do("stop")


def test_postfix_pipes_its_mail_into_the_collector():
    if not os.path.exists("/usr/sbin/postfix"):
        raise Skip("postfix is missing")
    with pipe_setup() as s:
        line = changed(recipe("unix - n n - 4 pipe"), (PROGRAM, s.program), ("user=tlsrpt-submit", f"user=daemon:{GROUP}"))
        s.start("collector")
        postfix = Postfix(s, line)
        s.parts.append(postfix)
        postfix.send(s.signed("r1"))
        wait_for(lambda: stored(s) == 1)
        assert s.proved() == 1
        # A store that is locked, and a service that is stopped: the mail waits.
        with s.locked():
            postfix.send(s.signed("r2"))
            wait_for(lambda: "status=deferred" in postfix.log())
        wait_for(lambda: stored(s) == 2)
        s.stop("collector")
        before = postfix.log().count("status=deferred")
        postfix.send(s.signed("r3"))
        wait_for(lambda: postfix.log().count("status=deferred") > before)
        s.start("collector")
        wait_for(lambda: stored(s) == 3)
        # What is no good is in the ledger, and goes back to nobody.
        postfix.send(s.signed("r4", body=b"no report"))
        wait_for(lambda: s.sql("SELECT count(*) FROM ledger") == 1)
        wait_for(lambda: postfix.log().count("status=sent") == 4)
        assert "bounced" not in postfix.log() and s.proved() == 3
        s.stop("collector")


class SieveDovecot(Dovecot):
    """Dovecot whose mail user is neither the collector's nor in its group, with a script for the user reports."""
    mail_user = 2
    lmtp_plugin = "sieve"

    def __init__(self, s, service, script):
        self.service = service
        write(s.path("dovecot/reports.sieve"), script)
        super().__init__(s.path("dovecot"))

    def conf(self):
        if not glob.glob("/usr/lib/dovecot/modules/lib90_sieve_plugin.so"):
            raise Skip("dovecot-sieve is missing")
        scripts, active = self.path("sieve"), self.path("reports.sieve")
        if self.version >= (2, 4):
            sieve = recipe("sieve_plugins {") + f"sieve_script personal {{\n  driver = file\n  path = {scripts}/%{{user | username}}\n  active_path = {active}\n}}\n"
        else:
            sieve = recipe("plugin {\n  sieve_plugins") + f"plugin {{\n  sieve = file:{scripts}/%n;active={active}\n}}\n"
        # Sanitizers reserve more addresses than Dovecot allows.
        unlimited = "unlimited" if self.version >= (2, 4) else "0"
        return super().conf() + (f"default_vsz_limit = {unlimited}\n" if instrumented() else "") + self.service + sieve

    def deliver(self, data):
        with smtplib.LMTP("127.0.0.1", self.lmtp, timeout=60) as lmtp:
            lmtp.sendmail("tlsrpt@sender.example", ["reports@example.org"], data)


def test_a_sieve_script_pipes_reports_into_the_collector():
    with pipe_setup() as s:
        with open(os.path.join(os.path.dirname(os.environ["TLSRPT_COLLECTOR"]), "sieve/tlsrpt-submit")) as f:
            program = re.sub(r"/\S+/tlsrpt-collector", s.program, f.read())
        write(s.path("bin/tlsrpt-submit"), program, 0o755)
        os.makedirs(s.path("dovecot/sieve"))
        service = changed(recipe("service tlsrpt-submit {"), ("/usr/share/tlsrpt/sieve", s.path("bin")), ("user = tlsrpt-submit", f"user = daemon\n  group = {GROUP}"), ("user = vmail", "user = bin"))
        dovecot = SieveDovecot(s, service, recipe("vnd.dovecot.pipe\", "))
        s.parts.append(dovecot)
        os.chmod(s.path("dovecot"), 0o777)
        s.start("collector")
        dovecot.deliver(s.signed("r1"))
        assert stored(s) == 1 and s.proved() == 1, dovecot.log()
        dovecot.deliver(b"From: a@b.example\r\nSubject: lunch\r\n\r\nat noon\r\n")
        assert "lunch" not in s.log("collector") and len(dovecot.files("reports")) == 2
        # What is not taken stays in the inbox, and the log says why.
        with s.locked():
            dovecot.deliver(s.signed("r2"))
        s.stop("collector")
        dovecot.deliver(s.signed("r3"))
        assert len(dovecot.files("reports")) == 4 and "75" in dovecot.log(), dovecot.log()
        s.start("collector")
        assert stored(s) == 1
        dovecot.deliver(s.signed("r2"))
        assert stored(s) == 2
        s.stop("collector")


def test_procmail_pipes_reports_into_the_collector():
    need("procmail")
    with pipe_setup() as s:
        rc = write(s.path("home/procmailrc"), changed(recipe("* ^Subject"), (PROGRAM, s.program)))
        # Whatever the umask is: procmail reads no file that others may write.
        os.chmod(rc, 0o644), os.chmod(s.path("home"), 0o755)
        inbox = s.path("home/inbox")
        shutil.chown(s.path("home"), "daemon")
        # Debian's is set-user-ID, to take the groups of whom it runs for, which the test gives it itself.
        shutil.copyfile(shutil.which("procmail"), s.path("procmail"))
        os.chmod(s.path("procmail"), 0o755)

        def deliver(data):
            return subprocess.run(["setpriv", "--reuid=daemon", "--regid=daemon", f"--groups={s.group}", s.path("procmail"), f"DEFAULT={inbox}", "SHELL=/bin/sh", f"LOGFILE={s.path('home/log')}", rc],
                                  input=data.replace(b"\r\n", b"\n"), capture_output=True).returncode

        s.start("collector")
        code = deliver(s.signed("r1"))
        assert code == 0 and stored(s) == 1 and s.proved() == 1, (code, open(s.path('home/log')).read())
        with s.locked():
            assert deliver(s.signed("r2")) == 75
        s.stop("collector")
        assert deliver(s.signed("r2")) == 75
        s.start("collector")
        assert deliver(s.signed("r2")) == 0 and stored(s) == 2
        assert not os.path.exists(inbox)
        assert deliver(b"From: a@b.example\r\nSubject: lunch\r\n\r\nat noon\r\n") == 0 and os.path.exists(inbox)
        s.stop("collector")


if __name__ == "__main__":
    main()
