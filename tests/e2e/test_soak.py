#!/usr/bin/env python3
"""Both programs under mixed traffic for a long time: good and doubled reports, hostile and slow clients by HTTPS, a mailbox that fills, a scraper.
TLSRPT_SOAK says for how many seconds (300; under 120 caches are still filling). What grows with it is a leak; what was answered has to be there at its end."""
import contextlib, datetime, gzip, http.client, itertools, json, os, random, re, socket, ssl, statistics, subprocess, sys, threading, time, urllib.error

from harness import Skip, children_of, limit_quarantine, main, need, packed, report
from mail import mail_setup, message

SECONDS = int(os.environ.get("TLSRPT_SOAK") or 300)
DOMAINS = [f"d{n}.example" for n in range(50)]
GOOD_PER_SECOND, MAIL_EVERY, SCRAPE_EVERY = 40, 2, 5
HEAD = b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\n"


BEGIN = datetime.datetime.now(datetime.timezone.utc).date()


def back(days):
    """So many days before the first of this test, whatever day it is by now: the same report is the same again after midnight."""
    return -days - (datetime.datetime.now(datetime.timezone.utc).date() - BEGIN).days


def good(number):
    """One of many, spread so that no reporter has more than 64 a day for a domain."""
    reporter, day = number // 50 % 20, number // 1000 % 30
    return report(id=f"h{number}", domain=DOMAINS[number % 50], contact=f"a@s{reporter}.example", organization=f"S{reporter}", when=back(2 + day), successes=1)


def hostile_bodies():
    bomb = gzip.compress(b" " * (64 << 20))
    deep = gzip.compress(b"[" * 100000)
    wide = gzip.compress(b"{" + b",".join(b'"%d":0' % n for n in range(100000)) + b"}")
    whole = packed(report(id="mutated", domain=DOMAINS[0]))
    yield from (bomb, deep, wide, b"\x1f\x8b" + os.urandom(200), os.urandom(5000), whole[:-9], gzip.compress(json.dumps({"policies": [{}] * 5000}).encode()),
                packed(report(id="x" * 5000, domain="stranger.example")), packed(report(id="\x1b[2Jlog\n", organization="\"}\n# evil{")), b"", b"{}")
    place = random.randrange(10, len(whole))
    yield whole[:place] + bytes([random.randrange(256)]) + whole[place + 1:]


class Traffic:
    """The clients, each a thread that goes on until it is over."""

    def __init__(self, s):
        self.s, self.over, self.lock = s, threading.Event(), threading.Lock()
        self.answered, self.mailed, self.statuses, self.latencies, self.faults = [], [], {}, [], []
        # No name is asked for again and again.
        self.context = s.tls()
        self.threads = [threading.Thread(target=self.guard, args=(client,)) for client in (self.send_good, self.send_doubles, self.attack, self.attack_framing, self.drip, self.mail, self.scrape)]
        [t.start() for t in self.threads]

    def guard(self, client):
        try:
            client()
        except BaseException as error:
            self.faults.append(f"{client.__name__}: {error!r}")
            self.over.set()

    def end(self):
        self.over.set()
        [t.join(120) for t in self.threads]
        assert not self.faults, self.faults

    def note(self, kind, status):
        with self.lock:
            self.statuses[kind, status] = self.statuses.get((kind, status), 0) + 1

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.s.https, timeout=30, context=self.context)

    def post(self, connection, body):
        connection.request("POST", "/tlsrpt", body, {"Content-Type": "application/tlsrpt+gzip"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def send_good(self):
        """A connection for a hundred reports."""
        for number in itertools.count():
            if self.over.wait(1 / GOOD_PER_SECOND):
                return
            if number % 100 == 0:
                connection = self.connect()
            body = packed(good(number))
            begin = time.monotonic()
            status = self.post(connection, body)
            self.latencies.append((begin, time.monotonic() - begin))
            assert status == 201, status
            self.answered.append(number)
            self.note("good", status)

    def send_doubles(self):
        """A connection each."""
        while not self.over.wait(0.3):
            if self.answered:
                connection = self.connect()
                status = self.post(connection, packed(good(random.choice(self.answered))))
                assert status == 201, status
                self.note("doubled", status)
                connection.close()

    def attack(self):
        while True:
            for body in hostile_bodies():
                if self.over.wait(0.2):
                    return
                with contextlib.suppress(OSError, http.client.HTTPException):
                    connection = self.connect()
                    self.note("hostile", self.post(connection, body))
                    connection.close()

    def attack_framing(self):
        """Without TLS on the TLS port, and with all kinds of ends."""
        cases = [b"GET / HTTP/1.1\r\n\r\n", os.urandom(300), HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", HEAD + b"Content-Length: 100000\r\n\r\nhalf",
                 HEAD + b"X: " + b"y" * 40000 + b"\r\n\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(40)]
        for data in itertools.cycle(cases):
            for port in (self.s.https, self.s.plain):
                if self.over.wait(0.1):
                    return
                with contextlib.suppress(OSError), socket.create_connection(("::1", port), 5) as c:
                    if random.random() < 0.3:
                        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    c.sendall(data)
                    c.settimeout(0.2)
                    with contextlib.suppress(TimeoutError):
                        c.recv(1000)
                self.note("framing", 0)

    def drip(self):
        """Twenty connections, a byte a second each, until they are cut."""
        held = []
        while not self.over.wait(1):
            while len(held) < 20:
                with contextlib.suppress(OSError):
                    c = socket.create_connection(("::1", self.s.plain), 5)
                    c.settimeout(5)
                    held.append((c, iter(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)))
            for one in list(held):
                try:
                    one[0].sendall(bytes([next(one[1])]))
                except OSError:
                    one[0].close()
                    held.remove(one)
                    self.note("slow", 0)
        [c.close() for c, _ in held]

    def mail(self):
        for number in itertools.count():
            if self.over.wait(MAIL_EVERY):
                return
            name, sender = f"m{number}", f"m{number // 60 % 20}.example"
            one = message(name, domain=DOMAINS[number % 50], sender=sender, when=back(2 + number % 30), successes=1)
            self.s.dovecot.put("reports", one, one, b"Subject: no report\r\n\r\nx\r\n",
                               message("evil", body=random.choice(list(hostile_bodies()))),
                               b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"\\\"\"\r\n\r\n--x\r\n" if number % 20 == 0 else os.urandom(2000))
            self.mailed.append(name)

    def scrape(self):
        for number in itertools.count():
            if self.over.wait(SCRAPE_EVERY):
                return
            page = self.s.page()
            if number % 6 == 0:
                done = subprocess.run(["promtool", "check", "metrics"], input=page.encode(), capture_output=True)
                assert done.returncode == 0, done.stderr
            assert f'tlsrpt_up 1' in page or "tlsrpt_build_info" in page, page[:500]
            self.note("scrape", 200)


def processes_of(s):
    """The collector with its children, and the exporter."""
    collector = s.programs["collector"].pid
    return {"collector": [collector, *children_of(collector)], "exporter": [s.programs["exporter"].pid]}


def sample(s):
    """Resident bytes and descriptors of each program, its children counted in."""
    taken = {}
    for name, pids in processes_of(s).items():
        resident = descriptors = 0
        for pid in pids:
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/statm") as f:
                    resident += int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                if pid == pids[0]:
                    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        taken[name] = (resident, descriptors)
    return taken


def quarter(values, number):
    return values[len(values) * number // 4:len(values) * (number + 1) // 4]


def is_flat(samples):
    for name in ("collector", "exporter"):
        resident = [statistics.median(one[name][0] for one in quarter(samples, n)) / 1048576 for n in range(4)]
        descriptors = [statistics.median(one[name][1] for one in quarter(samples, n)) for n in range(4)]
        print(f"        {name}: resident {', '.join(f'{r:.1f}' for r in resident)} MiB, descriptors {', '.join(f'{d:g}' for d in descriptors)}, by quarters")
        # The first quarter fills caches.
        assert resident[3] <= resident[1] * 1.15 + 4, (name, resident)
        assert descriptors[3] <= descriptors[1] * 1.15 + 8, (name, descriptors)


def all_is_there(s, traffic):
    # What is no report stays in the mailbox; all of a name are taken in before the last is.
    until = time.time() + 120
    while s.sql(f"SELECT count(*) FROM report WHERE report_id = '{traffic.mailed[-1]}'") == 0:
        assert time.time() < until, "the mailbox is not read to its end"
        time.sleep(0.5)
    s.stop("exporter")
    s.stop("collector")
    stored = [r[0] for r in s.rows("SELECT report_id FROM report")]
    wanted = [f"h{n}" for n in traffic.answered] + traffic.mailed
    assert not set(wanted) - set(stored), sorted(set(wanted) - set(stored))[:10]
    counted = [one for one in stored if re.fullmatch("[hm][0-9]+", one)]
    assert len(counted) == len(set(counted)), "some are there twice"
    code, out, err = s.run("collector", "check-store")
    assert code == 0, (out, err)
    print(f"        {len(traffic.answered)} answered and {len(traffic.mailed)} mailed reports are there once; {out.strip()}")


def test_soak():
    need("promtool")
    if os.getuid() != 0:
        raise Skip("needs root for a Dovecot")
    limit_quarantine()
    with mail_setup() as s:
        s.config(common="domains = " + " ".join(DOMAINS) + "\n", collector="rate_per_minute = 12000\nrequest_time = 10s\n[mail]\ndns_servers = 127.0.0.1@9\ndnssec = no\n"
                 + s.imap(after="delete", failed="move:Broken", interval="5s"))
        s.own()
        s.start("collector"), s.start("exporter")
        traffic, samples, end = Traffic(s), [], time.monotonic() + SECONDS
        try:
            begin = time.monotonic()
            while time.monotonic() < end and not traffic.over.wait(1):
                samples.append(sample(s))
                for name, program in s.programs.items():
                    assert program.poll() is None, f"{name} ended with {program.returncode}"
                if sys.stdout.isatty():
                    print(f"\r        {time.monotonic() - begin:.0f} of {SECONDS} s", end="", flush=True)
        finally:
            traffic.end()
        print("        " + ", ".join(f"{kind} {status or ''}: {count}" for (kind, status), count in sorted(traffic.statuses.items())))
        spans = [sorted(length for begin, length in quarter(traffic.latencies, n)) for n in range(4)]
        print("        answers to good reports, p50 and p99 by quarters: " + ", ".join(f"{1000 * span[len(span) // 2]:.1f} and {1000 * span[len(span) * 99 // 100]:.1f} ms" for span in spans))
        if SECONDS >= 120:
            is_flat(samples)
        all_is_there(s, traffic)


main()
