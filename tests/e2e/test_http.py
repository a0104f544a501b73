#!/usr/bin/env python3
"""What a sender hears: the answers of RFC 8460 section 5.4, and of HTTP, over real sockets."""
import concurrent.futures, contextlib, gzip, http.client, json, os, re, shutil, signal, socket, ssl, struct, threading, time
from harness import *

HEAD = b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\n"


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def test_a_report_is_stored_and_shown():
    with setup() as s:
        s.start("collector"), s.start("exporter")
        s.wait_value('tlsrpt_recent_sessions{domain="example.org",policy_type="sts"}', 0)
        assert s.post(packed(report(successes=40, failures=2, result="certificate-expired"))) == (201, "accepted\n")
        assert s.post(packed(report(successes=40, failures=2, result="certificate-expired")))[0] == 201
        assert s.post(packed(report(id="id-2", when=-1, successes=7)))[0] == 201
        s.wait_value('tlsrpt_window_sessions{domain="example.org",policy_type="sts"}', 42)
        s.wait_value('tlsrpt_window_failed_sessions{domain="example.org",policy_type="sts"}', 2)
        s.wait_value('tlsrpt_recent_sessions{domain="example.org",policy_type="sts"}', 7)
        s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="duplicate"}', 1)
        s.stop("collector"), s.stop("exporter")
        line = [l for l in s.log("collector").splitlines() if "201 stored" in l][0]
        assert "Python-urllib" in line and ("127.0.0.1" in line or "::1" in line) and "sender.example" in line, line
        # Each step of it is there at the level debug.
        steps = re.findall(r"(intake|http)(?: https)? \S+: (\w+ -> \w+)", s.log("collector"))[:6]
        assert steps == [("intake", "received -> decoded"), ("intake", "decoded -> parsed"), ("intake", "parsed -> checked"),
                         ("http", "received -> queued"), ("intake", "checked -> committed"), ("http", "queued -> answered")], steps


def test_what_cannot_be_read_is_kept_and_said():
    with setup() as s:
        s.start("collector")
        bad = report()
        bad["policies"][0]["summary"]["total-failure-session-count"] = -1
        code, text = s.post(packed(bad))
        assert code == 200 and "policies[0].summary.total-failure-session-count: -1 is negative" in text, (code, text)
        assert s.post(b"")[0] == 200
        assert s.post(b"<html>")[0] == 200
        # What is not ours is answered like any other, and becomes no series.
        assert s.post(packed(report(domain="foreign.example"))) == (201, "accepted\n")
        assert s.sql("SELECT count(*) FROM ledger") == 4
        assert s.sql("SELECT count(*) FROM report") == 0
    with setup(collector="reject_unparsable = yes") as s:
        s.start("collector")
        assert s.post(b"<html>")[0] == 400
        assert s.post(packed(report(domain="foreign.example")))[0] == 201


def test_methods_paths_and_framing():
    with setup(collector="request_time = 3") as s:
        s.start("collector")
        body = packed(report())
        length = b"Content-Length: %d\r\n" % len(body)
        cases = [
            (HEAD + length + b"\r\n" + body, 201),
            (b"POST /tlsrpt?x=1 HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n" + body, 201),
            (b"GET /tlsrpt HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"PUT /tlsrpt HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n" + body, 405),
            (b"POST /other HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n" + body, 404),
            (HEAD + b"\r\n", 411),
            (HEAD + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            (HEAD + length + length + b"\r\n" + body, 400),
            (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
            (HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 400),
            (HEAD + b"Host: y\r\n" + length + b"\r\n" + body, 400),
            (b"POST /tlsrpt HTTP/1.1\r\n" + length + b"\r\n" + body, 400),
            (HEAD + b"Content-Length: 00\r\nExpect: 100-continue\r\n\r\nxxx", 400),
            (HEAD + b"Content-Length: 0\r\n\r\n", 200),
            (HEAD + b"Content-Length : 1\r\n\r\nx", 400),
            (HEAD + b"Content-Length: 1\n\r Transfer-Encoding: chunked\r\n\r\nx", 400),
            (HEAD + length + b"X: a\rTransfer-Encoding: chunked\r\n\r\n" + body, 400),
            (HEAD + length + b"X(y): a\r\n\r\n" + body, 400),
            (HEAD + length + b"X-y_!#$%&'*+.^`|~: a\r\n\r\n" + body, 201),
            (HEAD + b"Content-Length: 99999999\r\n\r\n", 413),
            (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n", 413),
            (HEAD + b"X: " + b"y" * 40000 + b"\r\n\r\n", 431),
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), 201),
        ]
        for data, wanted in cases:
            answer = s.raw(data)
            assert status(answer) == wanted, (data[:90], wanted, answer[:200])
            if wanted == 405:
                assert b"Allow: POST" in answer
        # curl sends large bodies only after it heard 100.
        answer = s.raw(HEAD + length + b"Expect: 100-continue\r\n\r\n", timeout=1)
        assert answer.startswith(b"HTTP/1.1 100 "), answer


def test_bodies_over_their_limits():
    with setup(collector="max_gzip_body = 8K\nmax_json = 64K") as s:
        s.start("collector")
        for start, size, wanted in ((b"\x1f\x8b", 8 * 1024, 200), (b"\x1f\x8b", 8 * 1024 + 1, 413), (b"{}", 64 * 1024, 200), (b"{}", 64 * 1024 + 1, 413)):
            body = start + b"x" * (size - 2)
            assert s.post(body)[0] == wanted, (start, size)
            chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            assert status(s.raw(chunked)) == wanted, ("chunked", start, size)


def test_answers_to_clients_that_have_gone_are_freed():
    """A sanitizer fails the stop when they are not."""
    with setup() as s:
        s.start("collector")
        for n in range(50):
            body = packed(report(id=f"gone-{n}"))
            with socket.create_connection(("::1", s.plain), 20) as c:
                c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                c.sendall(b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                time.sleep(n / 5000)
        assert s.post(packed(report()))[0] == 201
        s.stop("collector")


def test_slow_clients_are_cut():
    with setup(collector="request_time = 2") as s:
        s.start("collector")

        def drip(first):
            with socket.create_connection(("::1", s.plain)) as c:
                c.sendall(first)
                start = time.time()
                try:
                    while time.time() - start < 15:
                        c.sendall(b"x")
                        time.sleep(0.3)
                except OSError:
                    pass
                return time.time() - start
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for took in pool.map(drip, [HEAD + b"X-Slow: ", HEAD + b"Content-Length: 1000\r\n\r\n", b""]):
                assert took < 8, took
        assert s.post(packed(report()))[0] == 201


def test_a_header_has_less_time_than_a_body():
    with setup(collector="request_time = 120") as s:
        s.start("collector")
        body = packed(report())
        with contextlib.ExitStack() as stack:
            def connect(port, data):
                c = stack.enter_context(socket.create_connection(("::1", port), 60))
                c.sendall(data)
                return c

            sending = connect(s.plain, HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:-1]))
            for c in [connect(s.https, b""), connect(s.plain, b""), connect(s.plain, HEAD + b"X-Half: ")]:
                assert c.recv(1) == b""
            sending.sendall(body[-1:])
            assert status(sending.recv(65536)) == 201


def test_a_connection_that_rested_has_the_whole_time_again():
    """And that it rested is no timeout."""
    body = packed(report())
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
    with setup(collector="request_time = 3") as s:
        s.start("collector")
        with socket.create_connection(("::1", s.plain), 10) as c:
            c.sendall(head + body)
            assert status(c.recv(65536)) == 201
            time.sleep(2)
            c.sendall(head + body[:10])
            time.sleep(2)
            c.sendall(body[10:])
            assert status(c.recv(65536)) == 201
            time.sleep(4)
            assert c.recv(65536) == b""
        until = time.time() + 30
        while s.rows("SELECT value FROM collector_state WHERE name = 'http_connections'") != [(0,)]:
            assert time.time() < until
            time.sleep(0.5)
        assert s.rows("SELECT value FROM collector_state WHERE name = 'http_timeouts_total'") == [(0,)]


def test_a_client_that_goes_leaves_nothing():
    with setup() as s:
        s.start("collector")
        body = packed(report())
        for cut in (1, len(body) // 2, len(body) - 1):
            with socket.create_connection(("::1", s.plain)) as c:
                c.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:cut])
        time.sleep(0.5)
        assert s.sql("SELECT (SELECT count(*) FROM report) + (SELECT count(*) FROM ledger)") == 0


def test_the_same_report_a_thousand_times_counts_once():
    with setup(collector="rate_burst = 5000") as s:
        s.start("collector")
        body = packed(report())

        def send(times):
            connection = http.client.HTTPConnection("::1", s.plain, timeout=30)
            codes = []
            for _ in range(times):
                connection.request("POST", "/tlsrpt", body)
                answer = connection.getresponse()
                answer.read()
                codes.append(answer.status)
            return codes
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            codes = [c for part in pool.map(send, [16] * 40 + [15] * 24) for c in part]
        assert codes == [201] * 1000
        assert s.sql("SELECT count(*) FROM report") == 1
        assert s.sql("SELECT sum(successes) FROM day_sum") == 40
        assert s.sql("SELECT value FROM counter WHERE name = 'inputs' AND other = 'duplicate'") == 999


def test_listening_posting_and_limits_over_ipv6():
    with setup(collector="rate_per_minute = 1\nrate_burst = 5") as s:
        s.start("collector")
        body = packed(report())
        codes = [s.post(body, host="[::1]")[0] for _ in range(8)]
        assert codes[:5] == [201] * 5 and 429 in codes, codes
        answer = s.raw(HEAD + b"Content-Length: 1\r\n\r\nx")
        assert status(answer) == 429 and re.search(rb"Retry-After: [1-9]", answer), answer
        # Another address has its own.
        assert s.post(body, host="127.0.0.1")[0] == 201


def test_connections_of_one_address_are_bounded():
    with setup(collector="connections_per_address = 4") as s:
        s.start("collector")
        held = [socket.create_connection(("::1", s.plain)) for _ in range(4)]
        time.sleep(0.3)
        assert s.raw(HEAD + b"Content-Length: 1\r\n\r\nx", timeout=3) == b""
        for c in held:
            c.close()
        time.sleep(0.5)
        assert status(s.raw(HEAD + b"Content-Length: 1\r\n\r\nx")) == 200


def test_an_ipv6_network_is_one_address():
    """Whoever has a /64 has 2^64 addresses; they share requests and connections."""
    with setup(collector="trusted_proxies = ::1\nrate_per_minute = 1\nrate_burst = 3\n") as s:
        s.start("collector")

        def ask(client):
            return status(s.raw(HEAD + b"X-Forwarded-For: " + client + b"\r\nContent-Length: 1\r\n\r\nx"))
        assert [ask(b"2001:db8::%x" % n) for n in range(1, 5)] == [200, 200, 200, 429]
        assert ask(b"2001:db8::ffff:1:2:3") == 429
        assert ask(b"2001:db8:0:1::1") == 200
        # IPv4 has none of this.
        assert [ask(b"192.0.2.%d" % n) for n in range(1, 6)] == [200] * 5


def last_answer(s):
    """The line of the last answer; the library may log of other connections between."""
    return [line for line in s.log("collector").splitlines() if " POST: " in line][-1]


def test_the_client_behind_a_proxy():
    with setup(collector="trusted_proxies = ::1, 192.0.2.0/24") as s:
        s.start("collector")
        cases = [(b"203.0.113.7", "203.0.113.7"), (b"198.51.100.1, 203.0.113.8, 192.0.2.9", "203.0.113.8"),
                 (b"198.51.100.1\r\nX-Forwarded-For: 2001:db8::7", "2001:db8::7"), 
                 # What stands left of an element that nobody can read may be the client's own invention.
                 (b"198.51.100.1, junk, 192.0.2.1", "192.0.2.1"), (b"198.51.100.1, unknown", "::1"), (b"unknown", "::1"),
                 (b"198.51.100.1, 203.0.113.8:4401", "203.0.113.8"), (b"198.51.100.1, [2001:db8::1]:443", "2001:db8::1"),
                 (b"198.51.100.1, [2001:db8::2]", "2001:db8::2"), (b'198.51.100.1, "[2001:db8::3]:80"', "2001:db8::3"),
                 (b'198.51.100.1, "203.0.113.9"', "203.0.113.9"), (b"198.51.100.1, fe80::1%eth0", "fe80::1"),
                 (b"198.51.100.1, ::ffff:203.0.113.10", "203.0.113.10"), (b"198.51.100.1, 203.0.113.8:99999", "::1"),
                 (b"203.0.113.7, ,, 192.0.2.9:1 ,", "203.0.113.7"), (b"198.51.100.1\r\nx-forwarded-for: 203.0.113.11:1, 192.0.2.1", "203.0.113.11"),
                 (b"198.51.100.1\r\nX-Forwarded-For:", "198.51.100.1"), (b"198.51.100.1\r\nX-Forwarded-For: _hidden", "::1"),
                 (b"::1, 192.0.2.4", "::1"), (b"192.0.2.4", "192.0.2.4"), (b"198.51.100.1\r\nForwarded: for=203.0.113.66", "198.51.100.1")]
        for header, wanted in cases:
            s.raw(HEAD + b"X-Forwarded-For: " + header + b"\r\nContent-Length: 1\r\n\r\nx")
            assert f"http: {wanted} " in last_answer(s), (header, last_answer(s))
    with setup() as s:
        s.start("collector")
        s.raw(HEAD + b"X-Forwarded-For: 203.0.113.7\r\nContent-Length: 1\r\n\r\nx")
        assert "http: ::1 " in last_answer(s)
        # The log says how a report came.
        s.post(b"x")
        assert re.search(r" https: \S+ ", last_answer(s)), last_answer(s)


def test_the_start_says_where_it_listens():
    with setup() as s:
        s.start("collector")
        s.start("exporter")
        assert f"takes reports at https://[::]:{s.https}/tlsrpt, http://[::1]:{s.plain}/tlsrpt\n" in s.log("collector"), s.log("collector")
        assert f"answers at http://127.0.0.1:{s.metrics}/metrics\n" in s.log("exporter"), s.log("exporter")
        # Who cannot listen hears why, and what helps.
        other = s.start("exporter", wait=False, log="second.log")
        assert other.wait(20) == 71
        assert f"cannot listen on 127.0.0.1:{s.metrics}: Address already in use; another program has this port" in s.log("second"), s.log("second")
        conf = open(s.path("tlsrpt.conf")).read()
        with open(s.path("tlsrpt.conf"), "w") as f:
            f.write(conf.replace(f"127.0.0.1:{s.metrics}", "192.0.2.1:9817"))
        other = s.start("exporter", wait=False, log="third.log")
        assert other.wait(20) == 71 and "no interface of this machine has this address" in s.log("third"), s.log("third")


def test_a_kernel_without_ipv6_listens_on_ipv4():
    library = os.environ.get("TLSRPT_NO_IPV6", "")
    if not os.path.exists(library):
        raise Skip("the library that has no IPv6 is not built")
    with setup() as s:
        shutil.copy(library, s.path("no_ipv6.so"))
        s.own()
        conf = open(s.path("tlsrpt.conf")).read()
        with open(s.path("tlsrpt.conf"), "w") as f:
            f.write(conf.replace(f"listen_plain = [::1]:{s.plain}\n", ""))
        s.start("collector", env={**os.environ, "LD_PRELOAD": s.path("no_ipv6.so"), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
        assert f"https://0.0.0.0:{s.https}/tlsrpt (this kernel has no IPv6)" in s.log("collector"), s.log("collector")
        assert s.post(packed(report()), host="127.0.0.1")[0] == 201


def test_health_probes_are_no_news():
    """Load balancers ask all day; their questions are for debugging only, and not summed up either."""
    with setup() as s:
        conf = open(s.path("tlsrpt.conf")).read()
        with open(s.path("tlsrpt.conf"), "w") as f:
            f.write(conf.replace("log_level = debug", "log_level = info"))
        s.start("collector")
        for i in range(20):
            assert status(s.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == 404
            assert status(s.raw(b"HEAD /tlsrpt HTTP/1.1\r\nHost: x\r\n\r\n")) == 405
        assert status(s.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")) == 404
        s.stop("collector")
        assert "POST: 404" in s.log("collector") and "GET" not in s.log("collector") and "HEAD" not in s.log("collector") and "not logged" not in s.log("collector"), s.log("collector")


def test_refusals_log_a_bounded_number_of_lines():
    """Whatever a stranger is refused for, each reason has ten lines a minute of one address, and a line that sums up the rest."""
    kinds = [(404, b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" % (b"x" * 2000)), (405, b"GET /tlsrpt HTTP/1.1\r\nHost: x\r\n\r\n"),
             (400, b"POST /tlsrpt HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), (411, HEAD + b"\r\n"), (413, HEAD + b"Content-Length: 99999999\r\n\r\n"),
             (429, HEAD + b"Content-Length: 0\r\n\r\n")]
    with setup(collector="rate_per_minute = 1\nrate_burst = 101\n") as s:
        s.start("collector")
        for code, request in kinds:
            for i in range(100):
                assert status(s.raw(request)) in (code, 200), (code, request[:60])
        s.stop("collector")
        log = s.log("collector")
        for code, _ in kinds:
            assert len(re.findall(rf" (?:GET|POST): {code} ", log)) <= 10, (code, log[-2000:])
            # What libmicrohttpd 1.0 refuses before it asks has ten lines in ten seconds.
            by_library = log.count(f"response code is {code} ")
            assert by_library <= 30, (code, log[-2000:])
            assert by_library or re.search(rf"https?: ::1: \d\d more refusals with {code} were not logged", log), (code, log[-2000:])


def test_a_proxy_gets_one_answer_a_connection():
    """For libmicrohttpd 0.9 a line without a name ends a header: what follows would be a request of its own, and its answer another client's."""
    body = packed(report())
    post = HEAD + b"Content-Length: %d\r\n" % len(body)
    for proxies, answers in (("192.0.2.77", 2), ("::1", 1)):
        with setup(collector=f"trusted_proxies = {proxies}") as s:
            s.start("collector")
            for end in (b"\r\n", b": x\r\n"):
                with socket.create_connection(("::1", s.plain), 10) as c:
                    c.sendall(post + end + body + post + b"Connection: close\r\n\r\n" + body)
                    got = b""
                    # What it did not read may end the connection with a reset.
                    with contextlib.suppress(ConnectionResetError):
                        while piece := c.recv(65536):
                            got += piece
                # libmicrohttpd 1.0 refuses that line itself, and closes the connection.
                refused = end != b"\r\n" and got.startswith(b"HTTP/1.1 400 ")
                assert got.count(b"HTTP/1.1 ") == (1 if refused else answers), (end, got)
                assert refused or got.count(b"HTTP/1.1 20") == answers, (end, got)


def test_plain_http_is_not_for_strangers():
    need("ip")
    if os.getuid() != 0:
        raise Skip("needs root for a second address")
    with setup() as s:
        s.config(collector="trusted_proxies = 192.0.2.77\n")
        text = open(s.path("tlsrpt.conf")).read().replace(f"listen_plain = [::1]:{s.plain}", f"listen_plain = [::]:{s.plain}")
        open(s.path("tlsrpt.conf"), "w").write(text)
        s.start("collector")
        assert s.raw(HEAD + b"Content-Length: 1\r\n\r\nx", timeout=3) == b""


def names_of(s, name):
    context = s.tls()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", s.https)) as c, context.wrap_socket(c, server_hostname=name) as t:
        assert t.version() in ("TLSv1.2", "TLSv1.3")
        return t.getpeercert(True)


def test_certificates_by_name_and_reload():
    with setup() as s:
        s.certificate("two", names="DNS:two.example")
        s.own()
        text = open(s.path("tlsrpt.conf")).read().replace("server.pem", f"server.pem, {s.path('two.pem')}").replace("server.key", f"server.key, {s.path('two.key')}")
        open(s.path("tlsrpt.conf"), "w").write(text)
        s.start("collector")
        one, two = names_of(s, "localhost"), names_of(s, "two.example")
        assert one != two and names_of(s, "unknown.example") == one
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with warnings_off():
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        try:
            with socket.create_connection(("127.0.0.1", s.https)) as c, context.wrap_socket(c):
                raise AssertionError("TLS 1.1 was taken")
        except (ssl.SSLError, ConnectionError):
            pass
        # A broken file keeps the old set; a good one is served without a restart.
        s.certificate("two", names="DNS:two.example")
        good = open(s.path("two.pem")).read()
        open(s.path("two.pem"), "w").write("broken")
        s.programs["collector"].send_signal(signal.SIGHUP)
        wait_log(s, "what was in force stays")
        assert names_of(s, "two.example") == two
        open(s.path("two.pem"), "w").write(good)
        s.own()
        s.programs["collector"].send_signal(signal.SIGHUP)
        wait_log(s, "read again")
        assert names_of(s, "two.example") not in (one, two)
        assert s.post(packed(report()))[0] == 201


def reloaded(s, name="collector"):
    """What a program logs of one reload."""
    before = len(s.log(name))
    s.programs[name].send_signal(signal.SIGHUP)
    until = time.time() + 20
    while "read again" not in s.log(name)[before:] and "stays" not in s.log(name)[before:]:
        assert time.time() < until, s.log(name)[before:]
        time.sleep(0.05)
    return s.log(name)[before:]


def test_a_reload_takes_certificates_from_another_path():
    with setup() as s:
        s.start("collector")
        old = names_of(s, "localhost")
        s.certificate("other", days=60)
        s.own()
        text = open(s.path("tlsrpt.conf")).read()
        open(s.path("tlsrpt.conf"), "w").write(text.replace("server.pem", "other.pem").replace("server.key", "other.key"))
        assert "restart" not in reloaded(s)
        new = names_of(s, "localhost")
        assert new != old
        os.unlink(s.path("server.key"))
        reloaded(s)
        assert names_of(s, "localhost") == new
        # More of them than before, and fewer.
        s.certificate("third", names="DNS:third.example")
        s.own()
        open(s.path("tlsrpt.conf"), "w").write(text.replace("server.pem", f"other.pem, {s.path('third.pem')}").replace("server.key", f"other.key, {s.path('third.key')}"))
        reloaded(s)
        assert names_of(s, "third.example") not in (old, new) and names_of(s, "localhost") == new
        s.stop("collector")


def test_a_reload_is_used_whole_or_refused_whole():
    """A reload that fails at the certificates, the last that is read, uses nothing else of the new configuration either."""
    with setup() as s:
        s.start("collector")
        s.config(collector="reject_unparsable = yes\n", common="domains = example.org, late.example\n")
        text = open(s.path("tlsrpt.conf")).read()
        open(s.path("tlsrpt.conf"), "w").write(text.replace("server.pem", "missing.pem"))
        assert "what was in force stays" in reloaded(s)
        assert s.post(b"<html>")[0] == 200
        assert s.post(packed(report(domain="late.example")))[0] == 201
        assert s.sql("SELECT count(*) FROM report") == 0
        open(s.path("tlsrpt.conf"), "w").write(text)
        assert "read again" in reloaded(s)
        assert s.post(b"<html>")[0] == 400
        s.stop("collector")


def test_a_reload_names_each_key_that_needs_a_restart():
    more = {"path": "/other", "trusted_proxies": "192.0.2.1", "allow_root": "yes", "connections": "77", "connections_per_address": "7", "rate_per_minute": "7",
            "rate_burst": "7", "request_time": "7", "body_memory": "7M", "threads": "3", "queue": "77", "submit": "/run/x/submit"}
    at_once = {"max_gzip_body": "7K", "max_json": "70K", "reject_unparsable": "yes", "ledger_rows": "7", "anonymous_bytes": "7M"}
    with setup() as s:
        s.start("collector"), s.start("exporter")
        for key, value in {**more, **at_once}.items():
            s.config(collector=f"{key} = {value}\n")
            said = re.findall(r"reload: (\w+) has changed; the new value is used after a restart only", reloaded(s))
            assert said == ([key] if key in more else []), (key, said)
        for key in ("https", "plain", "metrics"):
            old = getattr(s, key)
            setattr(s, key, free_port())
            s.config()
            said = [re.findall(r"reload: (\w+) has changed", reloaded(s, name)) for name in ("collector", "exporter")]
            assert said == {"https": [["listen"], []], "plain": [["listen_plain"], []], "metrics": [[], ["listen"]]}[key], (key, said)
            setattr(s, key, old)
        s.config()
        text = open(s.path("tlsrpt.conf")).read()
        os.mkdir(s.path("elsewhere"))
        s.own()
        open(s.path("tlsrpt.conf"), "w").write(text.replace("/store/", "/elsewhere/"))
        for name in ("collector", "exporter"):
            assert "reload: store has changed" in reloaded(s, name), s.log(name)
        # It goes on with the store that it has.
        assert s.post(packed(report()))[0] == 201 and s.sql("SELECT count(*) FROM report") == 1


def test_a_reload_configures_another_domain():
    with setup() as s:
        s.start("collector"), s.start("exporter")
        assert s.post(packed(report(domain="late.example")))[0] == 201
        s.config(common="domains = example.org, late.example\n")
        for name in ("collector", "exporter"):
            s.programs[name].send_signal(signal.SIGHUP)
        wait_log(s, "1 reports taken from the ledger")
        assert s.sql("SELECT count(*) FROM ledger") == 0
        s.wait_value('tlsrpt_window_sessions{domain="late.example",policy_type="sts"}', 40)
        # What is wrong is said, and changes nothing.
        open(s.path("tlsrpt.conf"), "a").write("nonsense = 1\n")
        s.programs["exporter"].send_signal(signal.SIGHUP)
        s.wait_value("tlsrpt_config_last_reload_successful", 0, 70)


def test_a_stop_finishes_what_was_accepted():
    with setup(collector="rate_burst = 100000") as s:
        s.start("collector")
        answered, stop = [], threading.Event()

        def send(n):
            connection = http.client.HTTPConnection("::1", s.plain, timeout=30)
            i = 0
            with contextlib.suppress(OSError, http.client.HTTPException):
                while not stop.is_set():
                    connection.request("POST", "/tlsrpt", packed(report(id=f"{n}-{i}", contact=f"a@s{n}-{i // 50}.example")))
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 201:
                        answered.append(f"{n}-{i}")
                    i += 1
        threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
        [t.start() for t in threads]
        time.sleep(1)
        s.stop("collector")
        stop.set()
        [t.join() for t in threads]
        assert len(answered) > 50
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            stored = {r[0] for r in db.execute("SELECT report_id FROM report")}
        assert set(answered) <= stored


@contextlib.contextmanager
def warnings_off():
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def wait_log(s, text, name="collector", seconds=20):
    until = time.time() + seconds
    while text not in s.log(name):
        assert time.time() < until, f"no \"{text}\" in {s.log(name)}"
        time.sleep(0.1)


main()
