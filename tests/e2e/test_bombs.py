#!/usr/bin/env python3
"""Reports made to take memory and time, by HTTPS, by mail and by import: the collector's memory keeps to its bound, and an honest sender is answered
meanwhile. The bounds are of the build that is packaged; sanitizers take several times as much of both."""
import concurrent.futures, contextlib, gzip, json, os, subprocess, time

from harness import LONG, day, main, setup
from honest import RELEASE, Honest, check, one_post, peak
from mail import *

MEMORY = 256 * 1048576
# These take most of the writer's time; of sanitized builds some that take different ways are asked.
LARGE = ("nulls", "hosts", "U-labels", "small U-labels")
FEW = ("nulls", "escapes", "keys", "broken UTF-8", "hosts", "small U-labels")
MANY = (90 if LONG else 20) if RELEASE else 4


def bomb(id, policies, **members):
    """So many policies that have these members, given as texts so that nothing has to be held twice."""
    more = "".join(f',"{name.replace("_", "-")}":{value}' for name, value in members.items())
    element = '{"policy":{"policy-type":"sts","policy-domain":"example.org"},"summary":{"total-successful-session-count":1,"total-failure-session-count":0}%s}' % more
    head = json.dumps({"organization-name": "Bomb", "date-range": {"start-datetime": day(-3) + "T00:00:00Z", "end-datetime": day(-3) + "T23:59:59Z"}, "contact-info": "a@bomb.example",
                       "report-id": id})[:-1]
    rest = ',"policies":[' + ",".join([element] * policies) + "]}"
    # At the front, or it would be refused for its ratio before it is parsed.
    pad = os.urandom(len(rest) // 180).hex()
    return gzip.compress(f'{head},"pad":"{pad}"{rest}'.encode(errors="surrogateescape"), mtime=0)


def repeated(item, count):
    return "[" + ",".join([item] * count) + "]"


def hosts(n, count, label="h%d-%d"):
    detail = '{"result-type":"validation-failure","failed-session-count":1,"receiving-mx-hostname":"%s.example"}' % label
    return "[" + ",".join(detail % (n, k) for k in range(count)) + "]"


BOMBS = {
    "nulls": lambda n: bomb(f"n{n}", 48, failure_details=repeated("null", 32768)),
    "empty objects": lambda n: bomb(f"o{n}", 1, failure_details=repeated("{}", 32768)),
    "many empty objects": lambda n: bomb(f"e{n}", 1, failure_details=repeated("{}", 2000000)),
    "empty arrays": lambda n: bomb(f"a{n}", 40, failure_details=repeated("[]", 60000)),
    "strings": lambda n: bomb(f"s{n}", 1, x=repeated('"' + "x" * 1000 + '"', 8000)),
    "escapes": lambda n: bomb(f"c{n}", 1, x='"' + "\\u0041" * 1300000 + '"'),
    "depth": lambda n: bomb(f"d{n}", 1, x="[" * 4000000),
    "policies": lambda n: bomb(f"p{n}", 1024),
    "many policies": lambda n: bomb(f"P{n}", 50000),
    "mx-host": lambda n: bomb(f"m{n}", 300, mx_host=repeated('"a"', 6500)),
    "duplicate keys": lambda n: bomb(f"k{n}", 1, x="{" + ",".join(['"a":1'] * 1000000) + "}"),
    "keys": lambda n: bomb(f"K{n}", 1, x="{" + ",".join(f'"{k}":1' for k in range(300000)) + "}"),
    "numbers": lambda n: bomb(f"N{n}", 1, x=repeated("9" * 400, 18000)),
    "broken UTF-8": lambda n: bomb(f"b{n}", 1, x='"' + "\udcff" * 7900000 + '"'),
    "hosts": lambda n: bomb(f"h{n}", 1, failure_details=hosts(n, 32000)),
    "U-labels": lambda n: bomb(f"u{n}", 1, failure_details=hosts(n, 15000, "\u00e4" * 40 + "%d-%d." + "\u00f6" * 50 + "." + "\u4e2d" * 40)),
    "small U-labels": lambda n: bomb(f"v{n}", 1, failure_details=hosts(n, 1300, "\u00e4" * 20 + "%d-%d." + "\u00f6" * 20)),
}


def under_bombs(s, process, name, make, count):
    """Half of them come from one address, the others from 40 networks, all at once."""
    bodies = [make(n) for n in range(count)]
    with Honest(s, name.replace(" ", "-")) as honest, concurrent.futures.ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda n: one_post(s, bodies[n], 1 + n % 40 if n % 2 else None), range(count)))
    counts = {status: sum(1 for a in answers if a[0] == status) for status in sorted({a[0] for a in answers})}
    print(f"        {name}: {count} of {len(bodies[0])} bytes, answers {counts}")
    check(honest, process, name)
    # One that is too large for the body's limit, or refused while it is unpacked, shows nothing of the parser.
    assert set(counts) <= {200, 201, 429, 503} and {200, 201} & set(counts), (name, counts)
    assert all(after for status, after in answers if status in (429, 503)), (name, answers)
    # Ten lines a minute of an address and reason; the networks send at most two each.
    lines = [line for line in s.log("collector").splitlines() if ": 429 " in line and " ::1 " in line]
    assert len(lines) <= 10, lines
    if RELEASE:
        assert peak(process) < MEMORY, (name, peak(process))


def test_by_https():
    with setup(collector="rate_per_minute = 0\n") as s:
        for name, make in BOMBS.items():
            if not RELEASE and name not in FEW:
                continue
            with contextlib.suppress(FileNotFoundError):
                os.remove(s.path("collector.log"))
            process = s.start("collector")
            under_bombs(s, process, name, make, MANY if name in LARGE else 6 if RELEASE else 4)
            s.stop("collector")
        # Those that were refused came as far as the parser: as JSON, or for the reporter's number of reports.
        refusals = s.rows("SELECT DISTINCT refusal, sentence FROM ledger")
        assert all("not JSON" in sentence or "number of reports" in sentence for _, sentence in refusals), refusals


def test_by_import():
    """One process, whose peak is read while it runs."""
    with setup() as s:
        os.mkdir(s.path("bombs"))
        for name, make in BOMBS.items():
            with open(s.path(f"bombs/{name.replace(' ', '-')}.json.gz"), "wb") as f:
                f.write(make(0))
        s.own()
        process, most = subprocess.Popen(s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf"), "import", s.path("bombs")]), stdout=subprocess.DEVNULL), 0
        while process.poll() is None:
            with contextlib.suppress(StopIteration, OSError):
                most = peak(process)
            time.sleep(0.01)
        assert process.returncode in (0, 65) and most > 0, (process.returncode, most)
        print(f"        {len(BOMBS)} bombs by import: memory {most >> 20} MiB")
        assert not RELEASE or most < MEMORY, most


def test_by_mail():
    with mail_setup(dovecot=False) as s:
        path = s.path("md")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        s.mailboxes(mailbox_section("main", type="maildir", path=path, after="delete", failed="move:Broken"))
        count = 0
        for name, make in BOMBS.items():
            put_in_maildir(path, message(name, body=make(0)))
            count += 1
        s.own()
        process = s.start("collector")
        until = time.time() + 300
        while maildir_files(path):
            assert time.time() < until, (maildir_files(path), s.log("collector"))
            time.sleep(0.2)
        print(f"        {count} bombs by mail: memory {peak(process) >> 20} MiB")
        assert not RELEASE or peak(process) < MEMORY, peak(process)


main()
