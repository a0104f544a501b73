#!/usr/bin/env python3
"""A real Prometheus scrapes both formats; promtool and two strict parsers have nothing to say."""
import gzip, signal, urllib.parse
from harness import *

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


def strict(page, openmetrics):
    """Unique series, one block a family, HELP and TYPE first, names and labels in form."""
    series, families, current = set(), set(), None
    lines = page.split("\n")
    assert lines[-1] == "", "the last line has no end"
    lines = lines[:-1]
    if openmetrics:
        assert lines[-1] == "# EOF"
        lines = lines[:-1]
    for line in lines:
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in families, f"{name} is split"
            families.add(name)
            current = name
        elif line.startswith("# TYPE ") or line.startswith("# UNIT "):
            assert line.split(" ")[2] == current, line
        else:
            match = re.fullmatch(r'([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9][0-9.e+-]*)', line)
            assert match, line
            base = re.sub(r"_(bucket|count|sum)$", "", match[1]) if current not in (match[1], match[1].removesuffix("_total")) else current
            assert base == current or match[1].removesuffix("_total") == current, (line, current)
            assert (match[1], match[2]) not in series, f"twice: {line}"
            series.add((match[1], match[2]))
            assert "\x1b" not in line and "\r" not in line
    return series


def fill(s):
    s.post(packed(report(successes=40, failures=2, result="certificate-expired")))
    s.post(packed(report(id="id-2", when=-1, successes=7)))
    hostile = 'x"} 1\nfake_metric{a="\\ \x1b[2J\u202e'
    s.post(packed(report(id="id-3", contact="none", organization=hostile, result=hostile, failures=1)))
    s.post(packed(report(id="id-4", contact="none", organization="_other", failures=1)))
    s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 4)


def test_pages_are_strictly_in_form():
    with setup() as s:
        s.start("collector"), s.start("exporter")
        fill(s)
        plain, openmetrics = s.page(), s.page(headers=OPENMETRICS)
        names = lambda series: {n for n, _ in series}
        assert names(strict(plain, False)) == names(strict(openmetrics, True))
        assert "fake_metric" not in {n for n, _ in strict(plain, False)}
        request = urllib.request.Request(f"http://127.0.0.1:{s.metrics}/metrics", headers={"Accept-Encoding": "gzip", **OPENMETRICS})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
            assert "Accept" in answer.headers["Vary"]
            strict(gzip.decompress(answer.read()).decode(), True)


def test_the_query_chooses():
    with setup(common="domains = example.org two.example\n") as s:
        s.start("collector"), s.start("exporter")
        fill(s)
        names = lambda page: {n for n, _ in strict(page, False)}
        assert names(s.page("?collect[]=day")) == {"tlsrpt_day_sessions", "tlsrpt_day_failed_sessions", "tlsrpt_day_refused_sessions", "tlsrpt_day_reporters"}
        assert "tlsrpt_build_info" not in names(s.page("?exclude[]=self"))
        page = s.page("?domain=two.example&domain=TWO.example.")
        assert "example.org" not in page and "tlsrpt_build_info" not in page and 'domain="two.example"' in page
        strict(page, False)
        assert s.page("?domain=unknown.example") == ""
        assert s.page("?domain=unknown.example", OPENMETRICS) == "# EOF\n"
        for query in ("?collect[]=nothing", "?collect[]=day&exclude[]=self"):
            try:
                s.page(query)
                raise AssertionError(query)
            except urllib.error.HTTPError as answer:
                assert answer.code == 400
        for path, wanted in (("/healthz", 200), ("/", 200)):
            with urllib.request.urlopen(f"http://127.0.0.1:{s.metrics}{path}") as answer:
                assert answer.status == wanted


def test_the_reference_parser_of_openmetrics_agrees():
    # Debian's python3-prometheus-client belongs to Debian's python3.
    code = "import sys; from prometheus_client.openmetrics import parser; print(sum(len(f.samples) for f in parser.text_string_to_metric_families(sys.stdin.read())))"
    if subprocess.run(["/usr/bin/python3", "-c", "import prometheus_client"], capture_output=True).returncode:
        raise Skip("python3-prometheus-client is missing")
    with setup() as s:
        s.start("collector"), s.start("exporter")
        fill(s)
        page = s.page(headers=OPENMETRICS)
        done = subprocess.run(["/usr/bin/python3", "-c", code], input=page.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        assert int(done.stdout) == len(strict(page, True))


def test_promtool_has_nothing_to_say():
    need("promtool")
    with setup() as s:
        s.start("collector"), s.start("exporter")
        fill(s)
        done = subprocess.run(["promtool", "check", "metrics"], input=s.page().encode(), capture_output=True)
        assert done.returncode == 0 and not done.stdout and not done.stderr, done


def scrape_with_prometheus(s, protocol):
    port = free_port()
    with open(s.path("prometheus.yml"), "w") as f:
        f.write(f"global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: tlsrpt\n  static_configs: [{{targets: ['127.0.0.1:{protocol}']}}]\n")
    log = open(s.path("prometheus.log"), "wb")
    process = subprocess.Popen(["prometheus", "--config.file=" + s.path("prometheus.yml"), "--storage.tsdb.path=" + s.path(f"tsdb-{port}"),
                                f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    s.programs["prometheus"] = process
    return port


def ask(port, query):
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(query)}", timeout=5) as answer:
            result = json.load(answer)["data"]["result"]
            return float(result[0]["value"][1]) if result else None


def text_only_proxy(s):
    """A proxy that asks for the text format, whatever Prometheus prefers."""
    import http.server, threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = s.page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_a_real_prometheus_scrapes_both_formats():
    need("prometheus")
    with setup() as s:
        s.start("collector"), s.start("exporter")
        fill(s)
        proxy = text_only_proxy(s)
        for target in (s.metrics, proxy.server_address[1]):
            port = scrape_with_prometheus(s, target)
            ratio = "sum(tlsrpt_window_failed_sessions{domain=\"example.org\",policy_type=\"sts\"}) / sum(tlsrpt_window_sessions{domain=\"example.org\",policy_type=\"sts\"})"
            until = time.time() + 40
            while ask(port, ratio) is None and time.time() < until:
                time.sleep(0.5)
            assert abs(ask(port, ratio) - 4 / 124) < 1e-9, ask(port, ratio)
            assert ask(port, "up{job=\"tlsrpt\"}") == 1
            assert ask(port, "count({__name__=~\"tlsrpt_.*|process_.*\", job=\"tlsrpt\"})") == len(strict(s.page(), False))
            s.stop("prometheus")
        proxy.shutdown()


main()
