#!/usr/bin/env python3
"""Floods on the open port: what is signed stays and goes on entering, the store keeps to its budgets, the page to its size, and all of it shows
in the metrics."""
import concurrent.futures, contextlib, http.client, os, re, socket, sqlite3, time

from honest import PATIENCE, Honest, check, one_post
from mail import *

ROUNDS = 4 if LONG else 1


def records(keys):
    return {f"sel._domainkey.{domain}": f"v=DKIM1; s=tlsrpt; p={keys.public()}" for domain in ("sender.example", *(f"s{n}.example" for n in range(8)))}


def flood(s, bodies, threads=6):
    """Posts them all by plain HTTP; the statuses that came back, counted."""
    bodies = list(bodies)

    def send(some):
        connection, counts = None, {}
        for body in some:
            for _ in range(3):
                try:
                    connection = connection or http.client.HTTPConnection("::1", s.plain, timeout=30)
                    connection.request("POST", "/tlsrpt", body)
                    answer = connection.getresponse()
                    answer.read()
                    counts[answer.status] = counts.get(answer.status, 0) + 1
                    if answer.getheader("Connection") == "close":
                        connection = None
                    break
                except (OSError, http.client.HTTPException):
                    connection = None
        return counts

    total = {}
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for counts in pool.map(send, (bodies[n::threads] for n in range(threads))):
            for status, count in counts.items():
                total[status] = total.get(status, 0) + count
    return total


def signed(s, id, domain="example.org", sender="sender.example", **more):
    """Takes in a signed message, as a mail pipe does; what import says of it."""
    data = s.keys.sign(message(id, domain=domain, sender=sender, **more), domain=sender.encode())
    return s.run("collector", "import", "-", stdin=data)[1]


def disk(s):
    """The store, and the log of writes beside it, which goes up to 16 MiB before it begins anew."""
    log = os.path.getsize(s.path("store/tlsrpt.db-wal"))
    assert log < 20 * 1048576, log
    return os.path.getsize(s.path("store/tlsrpt.db"))


def begin(s, collector, common="domains = example.org\n"):
    s.config(common=common,
             collector=f"rate_per_minute = 0\n{collector}\n[mail]\ndns_servers = 127.0.0.1@{s.dns.port}\ndnssec = no\n")
    with open(s.path("tlsrpt.conf")) as f:
        text = f.read().replace("log_level = debug", "log_level = info")
    with open(s.path("tlsrpt.conf"), "w") as f:
        f.write(text)
    s.own()
    s.start("exporter")
    return s.start("collector")


def settle(s):
    """What was answered is stored; the exporter looks once a second."""
    time.sleep(2.5)


def test_a_network_leaves_memory_for_the_bodies_of_others():
    """Bodies that somebody begins and does not end, from as many /48 as he likes."""
    with setup(collector="trusted_proxies = ::1\nbody_memory = 1M\nmax_json = 1M\n") as s, contextlib.ExitStack() as held:
        s.start("collector")

        def begin(client, rest, sent):
            c = held.enter_context(socket.create_connection(("::1", s.plain), 60))
            c.sendall(b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nContent-Length: %d\r\n\r\n" % (client.encode(), sent + rest) + b" " * sent)
            return c

        for n in range(20):
            begin(f"2001:db8:{n:x}::1", 1, 60000)
        for client in ("198.51.100.1", "2001:db9::1"):
            c = begin(client, 0, 100000)
            assert c.recv(4096).startswith(b"HTTP/1.1 200 "), client
        until = time.monotonic() + 60
        while not begin("2001:db8:ffff::1", 0, 100000).recv(4096).startswith(b"HTTP/1.1 503 "):
            assert time.monotonic() < until


def test_an_allocation_of_ipv6_keeps_nobody_out():
    """While the disk hangs, somebody fills the queue from as many /48 as he likes; whoever comes then from another network has a place."""
    with setup(collector="trusted_proxies = ::1\nqueue = 16\n") as s:
        s.start("collector")

        def send(client, number):
            connection = http.client.HTTPConnection("::1", s.plain, timeout=60)
            try:
                connection.request("POST", "/tlsrpt", packed(report(id=f"{client}-{number}", contact=f"a@s{number}.example")), {"X-Forwarded-For": client})
                answer = connection.getresponse()
                return answer.status, answer.getheader("Retry-After")
            finally:
                connection.close()

        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"), isolation_level=None)) as lock, concurrent.futures.ThreadPoolExecutor(60) as pool:
            lock.execute("BEGIN IMMEDIATE")
            flood = [pool.submit(send, f"2001:db8:{n:x}::1", n) for n in range(50)]
            # As many are in work at most as may wait; all others are told.
            while sum(one.done() for one in flood) < 50 - 2 * 16:
                time.sleep(0.01)
            honest = [pool.submit(send, client, 100) for client in ("198.51.100.1", "2001:db9::1", "203.0.113.1")]
            until = time.monotonic() + 3
            while s.log("collector").count("reports of other networks come first") < 3 and time.monotonic() < until:
                time.sleep(0.01)
            lock.execute("ROLLBACK")
            answers, told = [one.result() for one in honest], [one.result() for one in flood]
        assert [status for status, _ in answers] == [201] * 3, (answers, told)
        assert {status for status, _ in told} <= {201, 429, 503} and all(after for status, after in told if status != 201), told
        # Some had waited, and gave way.
        assert "reports of other networks come first" in s.log("collector")


def test_anonymous_reports():
    """Invented reporters, texts and reasons, beyond the budget: signed ones keep their place and their verdict."""
    budget = 400000
    with mail_setup(dovecot=False, records=records) as s:
        process = begin(s, "anonymous_bytes = 400000\nledger_known = 300000\nledger_rest = 200000\nledger_rows = 3000")
        for day in range(10):
            assert "-: stored, dkim pass" in signed(s, f"before-{day}", when=-3 - day)
        verdict = s.run("exporter", "verdict", "example.org")
        settle(s)
        lines = len(s.page().splitlines())
        sizes = []
        for round_ in range(2 * ROUNDS):
            bodies = []
            for n in range(3000):
                document = report(id=f"f{round_}-{n}", contact=f"a@x{n % 700}.example", organization=f"X{n}", when=-3 - n % 10, failures=3, result="certificate-expired")
                document["policies"][0]["failure-details"][0]["failure-reason-code"] = f"reason {round_} {n}"
                document["policies"][0]["policy"]["policy-string"][2] = f"mx: mx{n}.invented.example"
                bodies.append(packed(document))
            with Honest(s, f"honest{round_}") as honest:
                answers = flood(s, bodies)
            check(honest, process, "3000 invented reporters")
            # RFC 8460 owes success for what is kept in the ledger too.
            assert sum(answers.values()) == 3000 and set(answers) <= {200, 201}, answers
            assert s.sql("SELECT bytes FROM usage WHERE name = 'anonymous'") <= budget
            sizes.append(disk(s))
        settle(s)
        assert s.value("tlsrpt_database_anonymous_bytes") <= budget
        assert s.value('tlsrpt_ingest_refusals_total{channel="https",reason="over_quota"}') > 0
        assert s.value('tlsrpt_ledger_evicted_total{class="known"}') > 0
        assert s.value('tlsrpt_ledger_bytes{class="known"}') <= 300000
        # Some reporters more, however many there were.
        assert len(s.page().splitlines()) < lines + 400, (lines, len(s.page().splitlines()))
        assert s.sql("SELECT count(*) FROM report WHERE report_id LIKE 'before-%'") == 10
        assert s.value('tlsrpt_ledger_evicted_total{class="signed"}') == 0
        assert "-: stored, dkim pass" in signed(s, "after", when=-2)
        after = s.run("exporter", "verdict", "example.org")
        assert after[0] == verdict[0], (verdict, after)
        # What is freed is used again.
        budgets = budget + 300000 + 200000
        assert max(sizes) < 2 * budgets and sizes[-1] <= sizes[0] * 1.3, sizes
        print(f"        {6000 * ROUNDS} reports of strangers: budgets {budgets} bytes together, the store {sizes}")


def test_junk():
    """It has a class of its own in the ledger."""
    with mail_setup(dovecot=False, records=records) as s:
        process = begin(s, "ledger_rest = 100000\nledger_known = 1M\nledger_rows = 2000")
        assert "-: refused" in signed(s, "own", body=b"{broken")
        assert s.post(packed(report(id="known", when=30)))[0] in (200, 201)
        sizes, stored = [], []
        for round_ in range(2 * ROUNDS):
            with Honest(s, f"honest{round_}") as honest:
                answers = flood(s, (os.urandom(500) if n % 2 else packed({"a": os.urandom(200).hex()}) for n in range(3000)))
            check(honest, process, "3000 pieces of junk")
            assert answers == {200: 3000}, answers
            sizes.append(disk(s))
            stored.append(len(honest.times))
        settle(s)
        assert s.value('tlsrpt_ledger_bytes{class="rest"}') <= 100000 and s.value('tlsrpt_ledger_evicted_total{class="rest"}') > 1000
        assert s.value('tlsrpt_ledger_entries{class="signed"}') == 1 and s.value('tlsrpt_ledger_entries{class="known"}') == 1
        # What the honest sender stores meanwhile is no junk's.
        assert max(sizes) < 2 * 1048576 and sizes[-1] - 1024 * sum(stored[1:]) <= sizes[0] * 1.3, (sizes, stored)


def test_domains():
    """Anonymous reports invent none; signed ones no more than are admitted."""
    with mail_setup(dovecot=False, records=records) as s:
        process = begin(s, "", common="domains = example.org *\nmax_admitted_domains = 5\n")
        with Honest(s, "honest") as honest:
            assert flood(s, (packed(report(id=f"f{n}", domain=f"d{n}.invented.example")) for n in range(500))) == {201: 500}
        check(honest, process, "500 invented domains")
        for n in range(8):
            assert ("-: stored" in signed(s, f"s{n}", domain=f"e{n}.example", sender=f"s{n}.example")) == (n < 5), n
        settle(s)
        assert s.value("tlsrpt_known_domains") == 6
        assert "invented" not in s.page()
        assert "-: stored" in signed(s, "own")


def test_reasons_of_a_signer():
    """A reporter that signs may still not fill the page or the tables with words."""
    with mail_setup(dovecot=False, records=records) as s:
        begin(s, "")
        for n in range(60):
            document = report(id=f"r{n}", failures=100, result="validation-failure", when=-3 - n % 20)
            detail = document["policies"][0]["failure-details"][0]
            document["policies"][0]["failure-details"] = [{**detail, "result-type": f"invented-{n}-{k}", "receiving-mx-hostname": f"mx{n}-{k}.example.org", "failure-reason-code": f"why {n} {k}",
                                                          "failed-session-count": 1} for k in range(100)]
            assert "-: stored" in signed(s, f"r{n}", body=packed(document)), n
        settle(s)
        assert s.sql("SELECT count(*) FROM reason") <= 4098
        page = s.page()
        assert len(page.splitlines()) < 2000 and "why " not in page and "invented-" not in page
        assert s.value("tlsrpt_unknown_result_types_total") in (6000, None) or "tlsrpt_unknown_result_types_total" in page


def test_limits_show_in_the_metrics():
    """And whoever goes over the rate is told when to come again."""
    with setup(collector="rate_per_minute = 60\nrate_burst = 5\nconnections_per_address = 4\nbody_memory = 1M\nmax_json = 1M\nrequest_time = 2s\n") as s:
        s.start("collector"), s.start("exporter")
        held = [socket.create_connection(("::1", s.plain)) for _ in range(4)]
        for c in held:
            c.sendall(b"POST /tlsrpt HTTP/1.1\r\n")
        time.sleep(0.3)
        for _ in range(3):
            assert s.raw(b"x", timeout=3) == b""
        began = time.monotonic()
        assert one_post(s, packed(report()))[0] == 201
        print(f"        connections that another address holds: answer in {time.monotonic() - began:.2f} s")
        assert time.monotonic() - began < PATIENCE
        # They do not go on in time.
        until = time.time() + 30
        while s.rows("SELECT value FROM collector_state WHERE name = 'http_timeouts_total'") != [(4,)]:
            assert time.time() < until
            time.sleep(0.5)
        [c.close() for c in held]
        head = b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        waiting = [socket.create_connection(("::1", s.plain), 5) for _ in range(2)]
        for c in waiting:
            c.sendall(head % 600000 + b"x" * 599999)
        time.sleep(0.5)
        # Two of them do not fit.
        waiting[0].sendall(b"x"), waiting[1].sendall(b"x")
        first = sorted(c.recv(65536)[9:12] for c in waiting)
        assert first == [b"200", b"503"], first
        [c.close() for c in waiting]
        answers = [s.raw(head % 1 + b"x") for _ in range(10)]
        statuses = [answer[9:12] for answer in answers]
        assert all(re.search(rb"Retry-After: [1-9]", answer) for answer in answers if answer[9:12] == b"429"), answers
        # A slow machine is given more of them meanwhile.
        assert statuses.count(b"429") >= 3, statuses
        # The collector's own figures are no reason to render a page anew; one that was not asked for before is.
        while s.rows("SELECT value FROM collector_state WHERE first = 'rate_per_minute'") != [(statuses.count(b"429"),)]:
            assert time.time() < until + 30
            time.sleep(0.5)
        time.sleep(2)
        page = s.page("?collect%5B%5D=self")
        for line in ("timeouts_total 4", 'limited_total{limit="connections_per_address"} 3', 'limited_total{limit="body_memory"} 1', 'limited_total{limit="connections"} 0', 'limited_total{limit="rate_per_minute"} %d' % statuses.count(b"429")):
            assert f"\ntlsrpt_collector_http_{line}\n" in page, (line, page)


def test_a_proxy_has_many_clients():
    with setup(collector="connections_per_address = 4\ntrusted_proxies = ::1\n") as s:
        s.start("collector")
        held = [socket.create_connection(("::1", s.plain)) for _ in range(20)]
        time.sleep(0.3)
        assert s.raw(b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", timeout=3)[9:12] == b"200"
        [c.close() for c in held]


main()
