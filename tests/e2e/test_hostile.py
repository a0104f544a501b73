#!/usr/bin/env python3
"""Servers and messages that mean harm, or are broken: each costs one round or one message, and the mailbox beside it
is read all the same. And kill -9 of any process at any moment."""
import random, resource, threading
from mail import *

ROUNDS = 50 if LONG else 5
MANY = 100_000 if LONG else 3_000


class Hostile:
    """A server behind a good certificate, one connection a thread, for a scenario: a function of (Client)."""

    def __init__(self, s, scenario, tls=True):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(s.path("server.pem"), s.path("server.key"))
        self.scenario, self.tls = scenario, tls
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.run, args=(raw,), daemon=True).start()

    def run(self, raw):
        with contextlib.suppress(OSError, ValueError):
            c = Client(self.context.wrap_socket(raw, server_side=True) if self.tls else raw)
            self.scenario(c)
            c.socket.close()

    def close(self):
        close_listener(self.server)


class Client:
    def __init__(self, s):
        self.socket, self.file, self.tag = s, s.makefile("rb"), b"1"

    def write(self, data):
        self.socket.sendall(data)

    def until(self, word, greeting=b"* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE STARTTLS] hi\r\n", size=100):
        """Behaves well until a command; false when the client goes."""
        if greeting:
            self.write(greeting)
        for line in self.file:
            self.tag, _, rest = line.strip().partition(b" ")
            words = rest.upper().split(b" ")
            command = b" ".join(words[:2]) if words[0] == b"UID" else words[0]
            if command == word and not (word == b"UID FETCH" and b"BODY" not in rest.upper() and b"RFC822.SIZE" in rest.upper()):
                return True
            if command == b"LOGOUT":
                self.write(b"* BYE\r\n" + self.tag + b" OK\r\n")
                return False
            if command in (b"SELECT", b"EXAMINE"):
                self.write(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n")
            if command == b"CAPABILITY":
                self.write(b"* CAPABILITY IMAP4rev1 STARTTLS IDLE\r\n")
            if command == b"UID FETCH":
                self.write(b'* 1 FETCH (UID 1 RFC822.SIZE %d INTERNALDATE "25-Nov-2026 10:00:00 +0000")\r\n' % size)
            self.write(self.tag + b" OK done\r\n")
        return False

    def pop3(self, word, answers=None):
        self.write(b"+OK hi\r\n")
        for line in self.file:
            command = line.split()[0].upper() if line.split() else b""
            if command == word:
                return True
            self.write((answers or {}).get(command, {b"LIST": b"+OK\r\n1 100\r\n.\r\n", b"UIDL": b"+OK\r\n1 abc\r\n.\r\n"}.get(command, b"+OK\r\n")))
            if command == b"QUIT":
                return False
        return False


def flood(c, piece, count):
    for _ in range(count):
        c.write(piece)


def literal_then_end(c):
    c.until(b"UID FETCH") and c.write(b"* 1 FETCH (UID 1 BODY[] {1000000}\r\nabc")


def literal_of_3_gib(c):
    if c.until(b"UID FETCH"):
        c.write(b"* 1 FETCH (UID 1 BODY[] {3221225472}\r\n")
        flood(c, b"x" * 65536, 49152)


def line_without_end(c):
    if c.until(b"UID FETCH"):
        c.write(b"* 1 FETCH (UID 1 FLAGS (")
        flood(c, b"x" * 65536, 49152)


def a_byte_a_second(c):
    if c.until(b"UID FETCH"):
        for _ in range(60):
            c.write(b"x")
            time.sleep(0.5)


def nesting(c):
    if c.until(b"UID FETCH"):
        c.write(b"* 1 FETCH (UID 1 BODYSTRUCTURE " + b"(" * 900000 + b"\r\n" + c.tag + b" OK\r\n")
        time.sleep(3)


def silence(c):
    time.sleep(20)


def silence_later(c):
    c.until(b"UID FETCH") and time.sleep(20)


def preauth(c):
    c.until(b"XX", b"* PREAUTH welcome\r\n")


def millions_of_lines(c):
    if c.until(b"UID FETCH"):
        flood(c, b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" * 1000, 3000)


def nul_bytes(c):
    if c.until(b"UID FETCH"):
        c.write(b"* 1 FETCH (UID 1 FLAGS (\\Seen \x00\x00) BODY[] {5}\r\na\x00b\x00c)\r\n" + c.tag + b" OK\r\n")
        c.until(b"XX", None)


def another_message(c):
    """Answers with a message that was not asked for."""
    if c.until(b"UID FETCH"):
        c.write(b"* 7 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n" + c.tag + b" OK\r\n")
        c.until(b"XX", None)


def a_million_messages(c):
    c.write(b"* OK [CAPABILITY IMAP4rev1] hi\r\n")
    for line in c.file:
        tag, _, rest = line.strip().partition(b" ")
        if rest.upper().startswith((b"SELECT", b"EXAMINE")):
            c.write(b"* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n")
        if rest.upper().startswith(b"UID FETCH"):
            for i in range(400):
                c.write(b"".join(b"* %d FETCH (UID %d RFC822.SIZE 4294967295)\r\n" % (i * 10000 + k, i * 10000 + k) for k in range(1, 10001)))
        c.write(tag + b" OK\r\n")


def flags_of_no_folder(c):
    """libetpan follows a null pointer."""
    c.until(b"XX", b"* OK [PERMANENTFLAGS (\\Seen \\*)] hi\r\n* OK [CAPABILITY IMAP4rev1] hi\r\n")


def flags_without_end(c):
    if c.until(b"LOGIN"):
        c.write(c.tag + b" OK [PERMANENTFLAGS (* \r\n* CAPABILITY (\r\n")


def code_without_text(c):
    if c.until(b"LOGIN"):
        c.write(c.tag + b" OK [ALERT]\r\n")
        c.until(b"XX", None)


def pop3_counts_from_0(c):
    c.pop3(b"XX", {b"LIST": b"+OK\r\n0 100\r\n-1 5\r\n1 100\r\n.\r\n", b"UIDL": b"+OK\r\n0 abc\r\n.\r\n"})


def pop3_high_number(c):
    c.pop3(b"XX", {b"LIST": b"+OK\r\n400000000 100\r\n9223372036854775807 1\r\n.\r\n", b"UIDL": b"+OK\r\n400000000 abc\r\n.\r\n"})


def pop3_endless(c):
    if c.pop3(b"RETR"):
        c.write(b"+OK\r\n")
        flood(c, b"x" * 65534 + b"\r\n", 49152)


def pop3_endless_list(c):
    if c.pop3(b"LIST"):
        c.write(b"+OK\r\n")
        flood(c, b"1 100\r\n" * 10000, 49152)


def pop3_endless_line(c):
    if c.pop3(b"UIDL"):
        flood(c, b"x" * 65536, 49152)


SCENARIOS = {literal_then_end: "while fetching UID 1", literal_of_3_gib: "while fetching UID 1", line_without_end: "while fetching UID 1", a_byte_a_second: "while fetching UID 1",
             nesting: "its process", silence: "while greeting", silence_later: "while fetching UID 1", preauth: "PREAUTH", millions_of_lines: "while fetching UID 1", nul_bytes: None,
             another_message: None, flags_of_no_folder: "failed", flags_without_end: "its process", code_without_text: "its process", a_million_messages: None, pop3_counts_from_0: None, pop3_high_number: None, pop3_endless: "while fetching message", pop3_endless_list: "while listing",
             pop3_endless_line: "while listing"}


def test_hostile_servers_cost_a_round():
    with mail_setup(dovecot=False) as s:
        path = s.path("md")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        servers, sections = {}, [mailbox_section("good", type="maildir", path=path, after="delete")]
        for scenario in SCENARIOS:
            servers[scenario] = Hostile(s, scenario)
            sections.append(mailbox_section(scenario.__name__, type="pop3" if scenario.__name__.startswith("pop3") else "imap", host="127.0.0.1", port=servers[scenario].port, user="u",
                                            password_file=s.path("password"), ca_file=s.path("server.pem"), timeout="3s"))
        put_in_maildir(path, message("r1"))
        s.mailboxes(*sections)
        s.own()
        start = time.time()
        code, out, err = s.poll()
        assert "good: 1 message stored" in out, (out, err)
        print(f"        {len(SCENARIOS)} servers, {time.time() - start:.1f} s, {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB at most in a process")
        for scenario, stage in SCENARIOS.items():
            line = next(l for l in out.splitlines() if l.startswith(scenario.__name__ + ":"))
            assert (stage in line and "failed" in line) if stage else "its process" not in line, line
        for server in servers.values():
            server.close()


def test_starttls_injection_is_refused():
    with mail_setup(dovecot=False) as s:
        heard = []

        def listen(c):
            c.socket.settimeout(2)
            with contextlib.suppress(OSError):
                heard.append(c.socket.recv(100))

        def inject(c):
            if c.until(b"STARTTLS"):
                c.write(c.tag + b" OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
                listen(c)

        def inject_pop3(c):
            if c.pop3(b"STLS"):
                c.write(b"+OK go\r\n+OK and more\r\n")
                listen(c)

        for scenario, type in ((inject, "imap"), (inject_pop3, "pop3")):
            server = Hostile(s, scenario, tls=False)
            s.mailboxes(mailbox_section("main", type=type, tls="starttls", host="127.0.0.1", port=server.port, user="u", password_file=s.path("password"), ca_file=s.path("server.pem"), timeout="3s"))
            code, out, err = s.poll()
            assert code == 75 and "while starting TLS" in out and heard.pop() == b"", (type, out, heard)
            server.close()


def test_a_message_that_kills_the_fetcher_is_left():
    """libetpan overflows its stack on this answer: after the third time the message is given up for a day."""
    with mail_setup(dovecot=False) as s:
        good = message("r2")

        def scenario(c):
            while c.until(b"UID FETCH", greeting=b"* OK [CAPABILITY IMAP4rev1] hi\r\n" if not hasattr(c, "greeted") else None):
                c.greeted = True
                c.write(b"* 1 FETCH (UID 1 BODYSTRUCTURE " + b"(" * 900000 + b"\r\n" + c.tag + b" OK\r\n")

        server = Hostile(s, scenario)
        s.mailboxes(mailbox_section("main", host="127.0.0.1", port=server.port, user="u", password_file=s.path("password"), ca_file=s.path("server.pem"), timeout="5s"))
        for _ in range(3):
            code, out, err = s.poll()
            assert code == 75 and "failed" in out, (out, err)
        code, out, err = s.poll()
        assert code == 0 and "1 given up" in out, (out, err)
        assert "could not be fetched" in s.run("collector", "refused")[1]
        server.close()


BOUNDARY = b'Content-Type: multipart/mixed; boundary="\\""\r\n'


def test_messages_that_kill_the_reader_are_quarantined():
    with mail_setup(dovecot=False) as s:
        path = s.path("md")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        # In a part: libetpan gets no more of the message's own header than we have understood.
        head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=limit\r\n\r\n--limit\r\n"
        evil = [head + BOUNDARY + b"\r\n--x\r\n" + b"y" * 100 + b"\r\n--limit--\r\n", head + b"Content-Type: multipart/mixed; " + b"(" * 3000000 + b"\r\n\r\nx\r\n--limit--\r\n"]
        put_in_maildir(path, message("r1"), evil[0], message("r2"), evil[1], message("r3"))
        s.mailboxes(mailbox_section("main", type="maildir", path=path, after="delete", failed="move:Broken"))
        s.own()
        s.start("collector"), s.start("exporter")
        s.wait_value('tlsrpt_ingest_inputs_total{channel="maildir",outcome="stored"}', 3)
        s.wait_value('tlsrpt_ingest_inputs_total{channel="maildir",outcome="refused"}', 2)
        assert len(maildir_files(path + "/.Broken")) == 2 and not maildir_files(path)
        until = time.time() + 10
        while s.rows("SELECT value FROM counter WHERE name = 'mail_child_deaths'") != [(4,)]:
            assert time.time() < until
            time.sleep(0.1)
        code, out, _ = s.run("collector", "refused")
        assert "cannot be parsed" in out, out
        assert s.run("collector", "--raw", "refused", "1")[1].startswith("From: a@b.example")
        s.stop("collector")


def test_kill_9_at_any_moment():
    with mail_setup() as s:
        s.mailboxes(s.imap(after="move:Done", interval="1s"))
        total = 0
        for round_ in range(ROUNDS):
            s.dovecot.put("reports", *[message(f"r{total + i}", contact=f"a@s{(total + i) // 50}.example", sender=f"s{(total + i) // 50}.example", successes=1) for i in range(200)])
            total += 200
            s.start("collector")
            for _ in range(3):
                time.sleep(random.uniform(0.05, 0.5))
                victims = [s.programs["collector"].pid] + children_of(s.programs["collector"].pid)
                victim = random.choice(victims)
                with contextlib.suppress(OSError):
                    os.kill(victim, signal.SIGKILL)
                if victim == victims[0]:
                    s.programs.pop("collector").wait()
                    s.start("collector")
            until = time.time() + 90
            while s.dovecot.files("reports"):
                assert time.time() < until, f"{len(s.dovecot.files('reports'))} messages are left in round {round_}"
                time.sleep(0.1)
            s.stop("collector")
        assert len(s.dovecot.files("reports", ".Done")) >= total
        ids = [r[0] for r in s.rows("SELECT report_id FROM report")]
        assert len(ids) == total and len(set(ids)) == total, (len(ids), total)
        assert s.sql("SELECT sum(successes) FROM day_sum") == total
        print(f"        {ROUNDS} rounds of 200 messages, 3 kills each: {len(ids)} reports, each once")


def test_memory_does_not_grow_with_the_mailbox():
    """The bound is of a build without sanitizers; what they add is let in."""
    limit_quarantine()
    with mail_setup(dovecot=False) as s:
        path = s.path("md")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        for i in range(MANY):
            with open(f"{path}/new/{i:08d}.x", "wb") as f:
                f.write(b"Subject: no report\r\n\r\nx\r\n")
        with open(f"{path}/new/large.x", "wb") as f:
            f.write(message("large") + b"x" * (31 * 1024 * 1024 - 4096))
        put_in_maildir(path, message("r1"))
        s.mailboxes(mailbox_section("main", type="maildir", path=path))
        s.own()
        process = subprocess.Popen(s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf"), "poll"]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            most = max(most, sum(resident(pid) for pid in [process.pid] + children_of(process.pid)))
            time.sleep(0.02)
        out = process.stdout.read().decode()
        assert "2 messages stored" in out and f"{MANY} no reports" in out, out
        print(f"        {MANY} messages and one of 31 MiB: {most // 1048576} MiB in all processes together")
        assert most < 640 * 1048576


def test_many_waiting_messages_show_their_progress():
    import pty
    with mail_setup(dovecot=False) as s:
        path = s.path("md")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        for i in range(4000):
            with open(f"{path}/new/{i:08d}.x", "wb") as f:
                f.write(b"Subject: no report\r\n\r\nx\r\n")
        s.mailboxes(mailbox_section("main", type="maildir", path=path))
        s.own()
        master, slave = pty.openpty()
        process = subprocess.Popen(s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf"), "poll"]), stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):
            while piece := os.read(master, 65536):
                shown += piece
        os.close(master)
        assert process.wait(30) == 0 and b"of 4000 messages" in shown, shown


def resident(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()
    return 0


main()
