#!/usr/bin/env python3
"""Messages from mail pipes: the collector's socket for programs of its machine, which have no right to the store."""
import fcntl, grp, resource, stat, threading
from mail import *

# Whoever may submit has this group, and neither the collector's user nor its group.
GROUP = "games"


def records(keys):
    return {"sel._domainkey.sender.example": f"v=DKIM1; k=rsa; p={keys.public()}"}


class SubmitSetup(MailSetup):
    def __init__(self, collector="", **more):
        super().__init__(dovecot=False, records=records, **more)
        os.mkdir(self.path("run"))
        if not self.user:
            raise Skip("needs root for users with other rights")
        self.configure(collector)
        self.own()
        os.chmod(self.path("store"), 0o750)
        self.group = grp.getgrnam(GROUP).gr_gid
        os.chown(self.path("run"), self.user.pw_uid, self.group)
        os.chmod(self.path("run"), 0o2750)

    def configure(self, collector="", mail="", common="domains = example.org\n"):
        self.config(common=common, collector=f"submit = {self.socket()}\n{collector}\n[mail]\ndns_servers = 127.0.0.1@{self.dns.port}\ndnssec = no\n{mail}")

    def socket(self):
        return self.path("run/submit")

    def command(self, *arguments, group=None):
        """As a mail user that has nothing but the group."""
        return ["setpriv", "--reuid=daemon", f"--regid={self.group if group is None else group}", "--clear-groups", self.path("collector"), *arguments]

    def submit(self, data, *arguments, group=None):
        done = subprocess.run(self.command("-c", self.path("tlsrpt.conf"), "submit", *arguments, group=group), input=data, capture_output=True, timeout=150)
        return done.returncode, (done.stdout + done.stderr).decode()

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(self.socket())
        return s

    def signed(self, id, **more):
        return self.keys.sign(message(id, **more))


@contextlib.contextmanager
def submit_setup(**arguments):
    s = SubmitSetup(**arguments)
    try:
        yield s
    except BaseException:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"--- collector.log\n{s.log('collector')[-3000:]}\n")
        raise
    finally:
        s.close()


def test_a_submitted_message_is_judged_as_mail_is():
    with submit_setup() as s:
        s.start("collector"), s.start("exporter")
        code, said = s.submit(s.signed("r1"))
        assert (code, said) == (0, "stored\n"), said
        # The line of an mbox that some pipes put in front.
        code, said = s.submit(b"From tlsrpt@sender.example Thu Nov 26 10:00:00 2026\n" + s.signed("r2"))
        assert (code, said) == (0, "stored\n"), said
        assert s.submit(s.signed("r1"))[0] == 0
        assert s.submit(message("r3"))[0] == 0
        assert s.submit(s.signed("r4", body=b"no report"))[0] == 0
        assert s.submit(b"From: a@b.example\r\nSubject: lunch\r\n\r\nat noon\r\n") == (0, "ignored: not a TLS report\n")
        rows = dict(s.rows("SELECT id, trust FROM report"))
        out = s.run("collector", "reports")[1]
        assert out.count(" submit ") == 3 and out.count(" dkim ") >= 2 and "unsigned" in out, out
        assert len(rows) == 3 and len(set(rows.values())) == 2, rows
        code, out, _ = s.run("collector", "refused")
        assert " submit " in out, out
        for outcome, wanted in (("stored", 3), ("duplicate", 1), ("refused", 1), ("ignored", 1)):
            s.wait_value(f'tlsrpt_ingest_inputs_total{{channel="submit",outcome="{outcome}"}}', wanted)
        s.stop("collector")


def test_a_pipe_admits_no_domain_as_an_import_does():
    with submit_setup() as s:
        s.configure(common="domains = *\n")
        s.start("collector")
        assert s.submit(message("r1", domain="invented.example"))[0] == 0
        assert s.sql("SELECT count(*) FROM report") == 0
        # Neither when it is tried again.
        s.run("collector", "reparse")
        assert s.sql("SELECT count(*) FROM report") == 0
        assert s.submit(s.signed("r2", domain="signed.example"))[0] == 0
        assert s.sql("SELECT count(*) FROM report") == 1
        s.run("collector", "import", "-", stdin=message("r1", domain="imported.example"))
        assert s.sql("SELECT count(*) FROM report") == 2
        s.stop("collector")


def test_mode_and_group_say_who_may_submit():
    with submit_setup() as s:
        s.start("collector")
        st = os.stat(s.socket())
        assert stat.S_IMODE(st.st_mode) == 0o660 and st.st_gid == s.group and st.st_uid == s.user.pw_uid, st
        code, said = s.submit(s.signed("r1"), s.socket(), group=grp.getgrnam("daemon").gr_gid)
        assert code == 75 and "must be in the group" in said, said
        # Whoever may submit reads and writes no store.
        done = subprocess.run(s.command("-c", s.path("tlsrpt.conf"), "import", "-"), input=s.signed("r1"), capture_output=True)
        assert done.returncode not in (0, 65), done
        assert s.submit(s.signed("r1"))[0] == 0 and stored(s) == 1
        s.stop("collector")


def test_nothing_bounces():
    """Whatever is wrong here is 75, and what is wrong with the message is 0, for it is kept."""
    with submit_setup() as s:
        good = s.signed("r1")
        code, said = s.submit(good)
        assert code == 75 and "is the collector running" in said, said
        s.start("collector")
        assert s.submit(b"")[0] == 75
        assert s.submit(good, "--no-such-option")[0] == 75
        assert s.submit(s.signed("r0"), "--raw")[0] == 0
        assert s.submit(good, s.socket(), "more")[0] == 75
        assert s.submit(good, s.path("x" * 200))[0] == 75
        # A configuration that the mail user may not read, or that is wrong: the socket can be named.
        done = subprocess.run(s.command("-c", "/none", "submit", s.socket()), input=good, capture_output=True)
        assert done.returncode == 0, done
        done = subprocess.run(s.command("-c", "/none", "submit"), input=good, capture_output=True)
        assert done.returncode == 75 and b"/run/tlsrpt/submit" in done.stderr, done
        s.stop("collector")
        code, said = s.submit(good)
        assert code == 75, said
        # What is too large is refused unread, whatever it holds.
        s.configure(mail="max_message = 64K\n")
        s.start("collector")
        code, said = s.submit(good + b"x" * 5000000)
        assert code == 0 and "max_message" in said, said
        assert "too_large" in s.run("collector", "refused")[1]
        s.stop("collector")


def test_a_locked_store_is_tried_again():
    with submit_setup() as s:
        s.start("collector")
        lock = sqlite3.connect(s.path("store/tlsrpt.db"), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        code, said = s.submit(s.signed("r1"))
        assert code == 75 and "try again" in said, said
        lock.execute("ROLLBACK")
        lock.close()
        assert s.submit(s.signed("r1")) == (0, "stored\n")
        s.stop("collector")


def test_a_key_that_the_dns_does_not_give_is_waited_for():
    with submit_setup() as s:
        s.config(collector=f"submit = {s.socket()}\n[mail]\ndns_servers = 127.0.0.1@{free_port()}\ndnssec = no\n")
        s.start("collector")
        code, said = s.submit(s.signed("r1"))
        assert code == 75 and "DNS" in said, said
        assert stored(s) == 0
        # Not for ever: as with a mailbox, by when the message came.
        assert s.submit(s.signed("r2", received=time.time() - 4 * DAY))[0] == 0
        assert stored(s) == 1
        s.stop("collector")


def test_half_a_message_leaves_nothing_behind():
    with submit_setup() as s:
        s.start("collector"), s.start("exporter")
        data = s.signed("r1")
        for sent in (b"", b"MESS", b"MESSAGE %d" % len(data), b"MESSAGE %d\n" % len(data), b"MESSAGE %d\n" % len(data) + data[:-1]):
            with s.connect() as c:
                c.sendall(sent)
        for sent in (b"GET / HTTP/1.1\r\n\r\n", b"MESSAGE -1\n", b"MESSAGE 0\n", b"MESSAGE 1x\n", b"MESSAGE \n", b"\n", b"M" * 100, b"MESSAGE 99999999999999999999999\n"):
            with s.connect() as c:
                c.sendall(sent)
                assert c.recv(4096).startswith(b"75 "), sent
        with s.connect() as c:
            c.sendall(b"MESSAGE 9223372036854775807\n")
            assert c.recv(4096).startswith(b"0 refused"), sent
        # In any pieces, and the answer is for whoever waits for it.
        with s.connect() as c:
            for i, byte in enumerate(b"MESSAGE %d\n" % len(data) + data[:200]):
                c.sendall(bytes([byte]))
            c.sendall(data[200:])
            assert c.recv(4096) == b"0 stored\n"
        assert stored(s) == 1
        assert s.value('tlsrpt_ingest_inputs_total{channel="submit",outcome="refused"}') in (0, 1)
        s.stop("collector")


def test_many_at_once_are_all_served():
    """More than there are places, while others hold some of them and say nothing."""
    with submit_setup() as s:
        s.start("collector")
        silent = [s.connect() for _ in range(8)]
        results = []

        def one(i):
            results.append(s.submit(s.signed(f"r{i}")))
        threads = [threading.Thread(target=one, args=(i,)) for i in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(150)
        assert len(results) == 60 and {code for code, _ in results} == {0}, [r for r in results if r[0]]
        assert stored(s) == 60
        for c in silent:
            c.close()
        s.stop("collector")


def test_memory_for_messages_is_bounded():
    """Messages that are announced wait for room: of sixteen of the largest at most two are received at a time."""
    with submit_setup() as s:
        s.start("collector")
        size = 30 * 1024 * 1024
        waiting = [s.connect() for _ in range(8)]
        taken = 0
        for c in waiting:
            c.sendall(b"MESSAGE %d\n" % size)
            c.setblocking(False)
        piece, until = b"x" * 65536, time.time() + 5
        sent = {c: 0 for c in waiting}
        while time.time() < until:
            for c in waiting:
                with contextlib.suppress(BlockingIOError):
                    if sent[c] < size - 1:
                        sent[c] += c.send(piece[:min(len(piece), size - 1 - sent[c])])
        taken = sum(1 for n in sent.values() if n > 5 * 1024 * 1024)
        assert taken == 2, sorted(sent.values())
        # One that gives up makes room for the next.
        done = [c for c in waiting if sent[c] == size - 1]
        done[0].close()
        waiting.remove(done[0])
        until = time.time() + 20
        while sum(1 for c in waiting if sent[c] > 5 * 1024 * 1024) < 2:
            assert time.time() < until
            for c in waiting:
                with contextlib.suppress(BlockingIOError):
                    if sent[c] < size - 1:
                        sent[c] += c.send(piece[:min(len(piece), size - 1 - sent[c])])
        for c in waiting:
            c.close()
        assert s.submit(s.signed("r1"))[0] == 0
        s.stop("collector")


def test_a_reload_cuts_nobody_off():
    with submit_setup() as s:
        s.start("collector")
        data = s.signed("r1")
        assert s.submit(s.signed("r0", domain="new.example"))[0] == 0 and stored(s) == 0
        with s.connect() as c:
            c.sendall(b"MESSAGE %d\n" % len(data) + data[:100])
            time.sleep(0.5)
            s.configure(common="domains = example.org new.example\n")
            before = len(s.log("collector"))
            s.programs["collector"].send_signal(signal.SIGHUP)
            s.wait_log("collector", "read again", before)
            c.sendall(data[100:])
            assert c.recv(4096) == b"0 stored\n"
        assert s.submit(s.signed("r2", domain="new.example")) == (0, "stored\n")
        s.stop("collector")


def test_a_stop_answers_what_is_whole_and_loses_nothing():
    with submit_setup() as s:
        s.start("collector")
        half = s.connect()
        half.sendall(b"MESSAGE 1000\nhalf")
        results = {}

        def one(i):
            results[i] = s.submit(s.signed(f"r{i}"))
        threads = [threading.Thread(target=one, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        until = time.time() + 30
        while stored(s) < 3:
            assert time.time() < until
            time.sleep(0.01)
        s.stop("collector")
        for thread in threads:
            thread.join(150)
        assert half.recv(4096).startswith(b"75 ") or half.recv(1) == b""
        assert {code for code, _ in results.values()} <= {0, 75}, results
        assert stored(s) >= sum(1 for code, _ in results.values() if code == 0)
        ids = {row[0] for row in s.rows("SELECT report_id FROM report")}
        assert {f"r{i}" for i, (code, _) in results.items() if code == 0} <= ids
        # Those that heard 75 come again, to a collector that finds its old socket.
        s.start("collector")
        assert all(s.submit(s.signed(f"r{i}"))[0] == 0 for i in range(20)) and stored(s) == 20
        s.stop("collector", signal.SIGKILL)
        s.start("collector")
        assert s.submit(s.signed("r99"))[0] == 0
        s.stop("collector")


def test_a_socket_unit_hands_it_over():
    with submit_setup() as s:
        s.config()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(s.path("handed"))
        listener.listen()
        os.chmod(s.path("handed"), 0o666)

        def hand():
            os.dup2(fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD, 100), 3)
        env = dict(os.environ, LISTEN_FDS="1", LISTEN_FDNAMES="submit")
        process = subprocess.Popen(["sh", "-c", "LISTEN_PID=$$ exec \"$@\"", "sh", *s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf")])], env=env, preexec_fn=hand,
                                   close_fds=False, stderr=open(s.path("collector.log"), "ab"))
        s.programs["collector"] = process
        s.wait_log("collector", "takes reports at")
        assert s.submit(message("r1"), s.path("handed"))[0] == 0
        # HTTPS stays where the configuration has it.
        assert s.post(packed(report(id="r2")))[0] == 201
        s.stop("collector")


def test_a_place_that_cannot_be_bound_is_said():
    with submit_setup() as s:
        for path, words in (("run/no/such", "systemd-tmpfiles --create"), ("x" * 120, "longer than"), ("tlsrpt.conf", "cannot make the socket")):
            s.config(collector=f"submit = {s.path(path)}\n")
            process = s.start("collector", wait=False)
            assert process.wait(20) != 0 and words in s.log("collector"), s.log("collector")
            s.programs.clear()
        s.config(collector="submit = run/submit\n")
        code, _, err = s.run("collector", "check-config")
        assert code == 78 and 'does not begin with "/"' in err, err


def processor_time(pid):
    """Seconds of a process, by itself and in the kernel."""
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def next_descriptor(pid):
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(taken) + 1) if number not in taken)


def test_a_client_that_no_descriptor_is_left_for_waits():
    with submit_setup() as s, contextlib.ExitStack() as stack:
        process = s.start("collector")
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]

        def allow(descriptors):
            subprocess.run(s.as_user(["prlimit", f"--pid={process.pid}", f"--nofile={descriptors}:"]), check=True)

        # poll() wants a limit as large as its list.
        until = time.time() + 20
        while (number := next_descriptor(process.pid)) < 20:
            assert time.time() < until
            stack.enter_context(s.connect())
            time.sleep(0.1)
        allow(number)
        client = stack.enter_context(s.connect())
        before = processor_time(process.pid)
        time.sleep(5)
        assert processor_time(process.pid) - before < 0.3, "it tries again without a pause"
        allow(limit)
        data = s.signed("late")
        client.sendall(b"MESSAGE %d\n" % len(data) + data)
        assert client.makefile("rb").readline().startswith(b"0 ")


if __name__ == "__main__":
    main()
