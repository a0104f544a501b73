#!/usr/bin/env python3
"""Strangers who hold connections and send no complete request: an honest sender does not wait for them."""
import contextlib, ctypes, http.client, os, socket, ssl, subprocess, time

from harness import *
from honest import PATIENCE

# All places are taken, and some come after that.
PLACES, ADDRESSES = (1000, 200) if not instrumented() else (200, 100)
CROWD = PLACES + 100
# Longer than any test waits: nobody gets a place because somebody's time is over.
COLLECTOR = f"connections = {PLACES}\nrequest_time = 120\nrate_per_minute = 0\n"
HEAD = b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\n"
CLONE_NEWNET = 0x40000000
UNVERIFIED = ssl._create_unverified_context()


def own_network():
    """The first byte of addresses that are all this host's: not those of the loopback, which the limits of networks leave alone, where there
    is a network of our own."""
    if os.getuid() == 0 and ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "address", "add", "10.0.0.1/8", "dev", "lo"], check=True)
        return 10
    return 127


def stranger(number, port):
    """A connection from one of the addresses, which lie in networks of their own."""
    return socket.create_connection(("127.0.0.1", port), 30, (f"{FIRST}.{1 + number % ADDRESSES}.0.1", 0))


def silent(s, number):
    return stranger(number, s.https)


def shaken(s, number):
    return UNVERIFIED.wrap_socket(stranger(number, s.https))


def half_a_header(s, number):
    c = shaken(s, number)
    c.sendall(HEAD + b"X-Half: ")
    return c


def half_a_body(s, number):
    c = stranger(number, s.plain)
    c.sendall(HEAD + b"Content-Length: 100\r\n\r\n" + b"x" * 50)
    return c


def plain_silent(s, number):
    return stranger(number, s.plain)


def plain_half_a_line(s, number):
    c = stranger(number, s.plain)
    c.sendall(b"POST /tl")
    return c


def resting(s, number):
    """Has had an answer, and keeps the connection."""
    c = stranger(number, s.plain)
    with contextlib.suppress(ConnectionError):
        c.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
        c.recv(65536)
    return c


def crowd(s, kind):
    """They hold on to what they are left."""
    held = []
    for number in range(CROWD):
        # One that gave way in the middle of its handshake has no say in it.
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            held.append(kind(s, number))
    return held


def post(s, body, tls):
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    connection = kind("127.0.0.1", s.https if tls else s.plain, timeout=120, source_address=(f"{FIRST}.0.0.1", 0), **({"context": UNVERIFIED} if tls else {}))
    began = time.monotonic()
    with contextlib.closing(connection):
        connection.request("POST", "/tlsrpt", body)
        assert connection.getresponse().status == 201
    return time.monotonic() - began


def begin(s):
    with open(s.path("tlsrpt.conf")) as f:
        text = f.read().replace("listen_plain = [::1]", "listen_plain = 127.0.0.1")
    with open(s.path("tlsrpt.conf"), "w") as f:
        f.write(text)
    s.own()
    return s.start("collector")


def displaced(s):
    return s.sql("SELECT coalesce(sum(value), 0) FROM collector_state WHERE name = 'http_limited_total' AND first = 'connections'")


def test_a_crowd_without_a_request_delays_nobody():
    for kind in (silent, shaken, half_a_header, plain_silent, plain_half_a_line, half_a_body, resting):
        with setup(collector=COLLECTOR) as s:
            process = begin(s)
            tls = kind in (silent, shaken, half_a_header)
            held = crowd(s, kind)
            times = [post(s, packed(report(id=f"{kind.__name__}-{n}")), tls) for n in range(20)]
            print(f"        {kind.__name__}: {len(held)} held; an answer took at most {max(times):.2f} s")
            assert max(times) < PATIENCE, (kind.__name__, times)
            assert process.poll() is None
            if kind in (half_a_body, resting):
                # Whose time is not over; no more gave way than had to.
                until = time.time() + 30
                while displaced(s) < CROWD - PLACES:
                    assert time.time() < until, displaced(s)
                    time.sleep(0.5)
                assert displaced(s) <= CROWD - PLACES + len(times), displaced(s)
            for c in held:
                c.close()


def test_a_slow_body_stays_where_idle_connections_give_way():
    with setup(collector=COLLECTOR) as s:
        begin(s)
        body = packed(report())
        with socket.create_connection(("127.0.0.1", s.plain), 30, (f"{FIRST}.0.0.1", 0)) as slow:
            slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            slow.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
            held = []
            for n, byte in enumerate(body):
                slow.sendall(bytes([byte]))
                for _ in range(-(-2 * CROWD // len(body))):
                    held.append(stranger(len(held), s.plain))
            assert len(held) >= 2 * CROWD
            assert slow.recv(65536).startswith(b"HTTP/1.1 201 "), "the slow body gave way"
        for c in held:
            c.close()


def test_neighbours_who_hold_all_that_their_network_may_have_keep_nobody_out():
    with setup(collector="request_time = 120\n") as s:
        process = begin(s)
        held = []
        for number in range(900):
            with contextlib.suppress(ConnectionError):
                held.append(socket.create_connection(("127.0.0.1", s.plain), 30, (f"{FIRST}.0.0.{2 + number % 9}", 0)))
        for n in range(20):
            assert post(s, packed(report(id=f"neighbour-{n}")), False) < PATIENCE
        assert process.poll() is None
        for c in held:
            c.close()


def test_a_crowd_does_not_keep_prometheus_out():
    with setup() as s:
        s.start("exporter")
        held = [stranger(n, s.metrics) for n in range(500)]
        for c in held[::2]:
            c.sendall(b"GET /metr")
        began = time.monotonic()
        assert "tlsrpt_" in s.page()
        assert time.monotonic() - began < PATIENCE, time.monotonic() - began
        for c in held:
            c.close()


FIRST = own_network()
main()
