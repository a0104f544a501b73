#!/usr/bin/env python3
"""Many clients at once over everything that a client may choose, while the programs reload and stop. What such a test finds it finds best in a
build with a sanitizer, which ends the program. Bounded in requests, not in time."""
import http.client, random, signal, threading
from harness import *

SEED = int(os.environ.get("TLSRPT_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
GROUPS = ("window", "day", "recent", "summary", "verdict", "domain", "reporter", "self")


def in_threads(count, function):
    """Calls function(number) in so many threads, and raises what one of them raised."""
    failed = []

    def run(number):
        try:
            function(number)
        except Exception as why:
            failed.append(why)
    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def query_of(rng, domains):
    kind = rng.choice(("collect[]", "exclude[]", ""))
    words = [f"{kind}={g}" for g in rng.sample(GROUPS, rng.randint(1, 4))] if kind else []
    if rng.random() < 0.3:
        words += [f"domain={d}" for d in rng.choices(domains + ["not.ours.example", "..", "%00", "X" * 300], k=rng.randint(1, 5))]
    if rng.random() < 0.03:
        words.append(rng.choice(("collect[]=nothing", "collect[]", "exclude[]=day&collect[]=day", "=&&=", "domain")))
    rng.shuffle(words)
    return "?" + "&".join(words) if words else ""


def headers_of(rng):
    headers = {}
    if rng.random() < 0.7:
        headers["Accept"] = rng.choice(("*/*", "text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0,text/plain;q=0.3", "application/openmetrics-text",
                                        "q=;;,,", "text/plain;q=2,application/openmetrics-text;q=0.001"))
    if rng.random() < 0.7:
        headers["Accept-Encoding"] = rng.choice(("gzip", "identity", "gzip;q=0", "*", "deflate, br", "x-gzip", ";q=1"))
    return headers


def test_scrapes_over_every_selection():
    """Clients over random selections, domains and codings get whole pages, while reports come in and the configuration is read again."""
    domains = [f"d{i}.example" for i in range(20)]
    requests = 20000 if LONG else 2500
    with setup(common=f"domains = {' '.join(domains)}\n") as s:
        s.start("collector"), s.start("exporter")
        for i, domain in enumerate(domains):
            assert s.post(packed(report(id=f"id-{i}", domain=domain, failures=3, result="certificate-expired")))[0] == 201

        def scrape(number):
            rng = random.Random(SEED + number)
            connection = http.client.HTTPConnection("127.0.0.1", s.metrics, timeout=60)
            for i in range(requests // 8):
                if number == 0 and i % 20 == 0:
                    assert s.post(packed(report(id=f"more-{i}", domain=rng.choice(domains))))[0] == 201
                    s.programs["exporter"].send_signal(signal.SIGHUP)
                path, headers = "/metrics" + query_of(rng, domains), headers_of(rng)
                connection.request(rng.choice(("GET", "GET", "GET", "HEAD")), path, headers=headers)
                answer = connection.getresponse()
                page = answer.read()
                assert answer.status in (200, 400), (answer.status, path, headers)
                if answer.status == 200 and page:
                    if answer.getheader("Content-Encoding") == "gzip":
                        page = gzip.decompress(page)
                    openmetrics = "openmetrics" in answer.getheader("Content-Type")
                    assert page.endswith(b"# EOF\n") == openmetrics, (path, headers, page[-200:])
                if rng.random() < 0.05:
                    connection.close()
            connection.close()
        in_threads(8, scrape)
        s.stop("exporter"), s.stop("collector")


def test_a_stop_under_requests_that_hold_back_their_end():
    """Requests that end when the time for them is over find a collector that stops in order: each is answered and stored, answered 503, or cut."""
    with setup(collector="connections_per_address = 0\nthreads = 4\nrate_per_minute = 0\n") as s:
        for round in range(10 if LONG else 2):
            s.start("collector")
            held, answered = [], []
            for i in range(400):
                body = packed(report(id=f"{round}-{i}", contact=f"tlsrpt@s{i}.example"))
                c = socket.create_connection(("::1", s.plain), 30)
                c.sendall(b"POST /tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:-1])
                held.append((i, c, body[-1:]))
            before = len(s.log("collector"))
            process = s.programs.pop("collector")
            process.send_signal(signal.SIGTERM)
            s.wait_log("collector", "stopping", before)
            begin = time.monotonic()
            early, late = held[:100], held[100:]
            for i, c, last in early:
                time.sleep(max(0, begin + 9.7 + 0.2 * i / len(early) - time.monotonic()))
                # On a busy machine the cut may come first.
                with contextlib.suppress(OSError):
                    c.sendall(last)
            with open(s.path("collector.log"), "rb") as log:
                log.seek(before)
                while b"they are cut" not in log.read() and process.poll() is None:
                    time.sleep(0.0005)

            # All the rest at once, so that they fall on every step of the stop.
            for i, c, last in late:
                with contextlib.suppress(OSError):
                    c.sendall(last)
                time.sleep(0.00002)
            for i, c, _ in held:
                with contextlib.suppress(OSError):
                    if c.recv(4096).startswith(b"HTTP/1.1 201 "):
                        answered.append(i)
                c.close()
            code = process.wait(60)
            assert code == 0, f"it ended with {code}"
            stored = {id for id, in s.rows("SELECT report_id FROM report")}
            missing = [i for i in answered if f"{round}-{i}" not in stored]
            assert not missing, missing
            assert answered and len(answered) < len(held), (len(answered), "the ends fell on one side of the stop")


print(f"TLSRPT_SEED={SEED}")
main()
