"""The dashboards, rules and files under grafana/, with the demo's six domains in a real Prometheus: 90 days loaded, then scraped."""
import contextlib, glob, json, os, re, shutil, subprocess, tempfile, time, urllib.error, urllib.parse, urllib.request

from harness import DAY, Skip, free_port, main, need, setup

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DASHBOARDS = sorted(glob.glob(ROOT + "/grafana/dashboards/*.json"))
DOMAINS = {"healthy.example": "ready", "expired.example": "blocked", "new.example": "collecting", "broken-host.example": "policy_broken",
           "enforced.example": "enforce_ok", "quiet.example": "stale"}
# What a healthy domain has nothing of.
MAY_BE_EMPTY = {("tlsrpt-domain", "Reasons"), ("tlsrpt-domain", "Failures by result type"), ("tlsrpt-collector", "Certificate expires in"),
                ("tlsrpt-collector", "Bad responses of mail servers"), ("tlsrpt-fleet", "Verdicts over time (20 largest domains)", "B"),
                ("tlsrpt-domain", "Accuse"), ("tlsrpt-domain", "Contradict"), ("tlsrpt-domain", "Outside checks"),
                ("tlsrpt-domain", "Refusals of the newest days by reporter"), ("tlsrpt-domain", "Reporters with a rhythm")}
SHIFT = "[24h] offset -60h"


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


# --- without a Prometheus ---------------------------------------------------


def test_dashboards_are_what_the_generator_writes():
    with tempfile.TemporaryDirectory() as folder:
        run("python3", ROOT + "/grafana/generate.py", folder)
        assert sorted(os.listdir(folder)) == [os.path.basename(path) for path in DASHBOARDS]
        for path in DASHBOARDS:
            with open(path) as a, open(os.path.join(folder, os.path.basename(path))) as b:
                assert a.read() == b.read(), f"{path}: run grafana/generate.py"


def lint(*files):
    return subprocess.run(["python3", ROOT + "/tests/grafana/lint_dashboards.py", *files], capture_output=True, text=True)


def mutated(path, change, folder):
    with open(path) as f:
        text = f.read()
    assert change[0] in text, change
    out = os.path.join(folder, os.path.basename(path))
    with open(out, "w") as f:
        f.write(text.replace(*change, 1))
    return out


def test_dashboards_keep_the_house_rules():
    done = lint(*DASHBOARDS)
    assert done.returncode == 0, done.stdout
    fleet = next(path for path in DASHBOARDS if "fleet" in path)
    with tempfile.TemporaryDirectory() as folder:
        for change in (('job=~\\"$job\\"', 'job=\\"x\\"'), ('"timezone": "utc"', '"timezone": "browser"'), ('"unit": "none"', '"unit": ""'), ("last_over_time(tlsrpt_day_failed", "(tlsrpt_day_failed")):
            assert lint(mutated(fleet, change, folder), *[path for path in DASHBOARDS if path != fleet]).returncode != 0, change


def types(files):
    """npm's copy of Grafana's types, once a machine; the registry may be out of reach."""
    if not shutil.which("npm"):
        raise Skip("npm is missing")
    prefix = os.path.join(tempfile.gettempdir(), f"tlsrpt-grafana-types.{os.getuid()}")
    if not os.path.isdir(prefix + "/node_modules/@grafana/schema"):
        os.makedirs(prefix, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT + "/tests/grafana/" + name, prefix)
        try:
            done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=prefix, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            raise Skip("npm's registry does not answer") from None
        if done.returncode:
            raise Skip("npm ci: " + done.stderr.strip().splitlines()[-1])
    return subprocess.run(["python3", ROOT + "/tests/grafana/typecheck_dashboards.py", prefix, *files], capture_output=True, text=True)


def test_dashboards_have_the_types_of_grafana():
    done = types(DASHBOARDS)
    assert done.returncode == 0, done.stdout
    with tempfile.TemporaryDirectory() as folder:
        for change in (('"cellHeight": "sm"', '"cellHeigth": "sm"'), ('"colorMode": "background"', '"colorMode": "backdrop"')):
            assert types([mutated(DASHBOARDS[2], change, folder)]).returncode != 0, change


def rules_test(folder, rules):
    with open(ROOT + "/tests/grafana/rules.test.yml") as f:
        text = f.read().replace("RULES", rules)
    with open(folder + "/rules.test.yml", "w") as f:
        f.write(text)
    return subprocess.run(["promtool", "test", "rules", folder + "/rules.test.yml"], capture_output=True, text=True)


def test_alerts_fire_when_they_must():
    need("promtool")
    run("promtool", "check", "rules", *glob.glob(ROOT + "/grafana/rules/*.yml"))
    with tempfile.TemporaryDirectory() as folder:
        done = rules_test(folder, ROOT + "/grafana/rules")
        assert done.returncode == 0, done.stdout + done.stderr
        with open(ROOT + "/grafana/rules/tlsrpt.alerts.yml") as f:
            text = f.read()
        tested = set(re.findall(r"  - name: (TLSRPT\w+)", open(ROOT + "/tests/grafana/rules.test.yml").read()))
        alerts = set(re.findall(r"- alert: (\w+)", text))
        assert alerts == tested, alerts ^ tested
        shutil.copytree(ROOT + "/grafana/rules", folder + "/mutant")
        with open(folder + "/mutant/tlsrpt.alerts.yml", "w") as f:
            f.write(text.replace("> 36 * 3600", "> 48 * 3600").replace('verdict="blocked"', 'verdict="stale"'))
        assert rules_test(folder, folder + "/mutant").returncode != 0


def test_the_demo_says_how_many_verdicts_it_prints():
    """The six of grafana/demo, and that of the report which quickstart posts."""
    with open(ROOT + "/quickstart") as f:
        text = f.read()
    domains = re.search(r'domains="(.*)"', text)[1].split()
    assert sorted(domains) == sorted(["example.com", *DOMAINS]), domains
    assert 'echo "== the verdicts on the six domains, and on example.com, of which one report was posted"' in text
    with open(ROOT + "/README.md") as f:
        assert "six domains with six different verdicts, posts one report for `example.com`, and" in f.read()


ALERTS = ROOT + "/grafana/rules/tlsrpt.alerts.yml"


def alerts_of(text):
    """{name: {annotation: text}}, read without YAML as the file is written: one annotation a line."""
    found = {}
    for block in re.split(r"^ +- alert: ", text, flags=re.M)[1:]:
        name, annotations = block.split("\n", 1)[0], block.split("annotations:\n", 1)[1]
        found[name] = dict(re.findall(r"^ {10}(\w+): '(.*)'$", annotations, re.M))
    return found


def generate(*options):
    return subprocess.run(["python3", ROOT + "/grafana/generate.py", *options], capture_output=True, text=True)


def check_links(alerts, grafana, runbook):
    """Every alert links to its page of the runbook and, where it names a domain, to its dashboard; a reader of a mail can open both."""
    for name, annotations in alerts.items():
        assert {"summary", "description"} <= set(annotations) <= {"summary", "description", "evidence", "dashboard", "runbook_url"}, (name, annotations)
        assert annotations.get("runbook_url") == f"{runbook}#{name.lower()}", (name, annotations.get("runbook_url"))
        if "$labels.domain" in annotations["summary"]:
            assert annotations.get("dashboard") == grafana + "/d/tlsrpt-domain?var-domain={{ $labels.domain }}", (name, annotations)
        for text in annotations.values():
            assert not re.search(r"(?<![\w.])/d/|(?<![\w./])RUNBOOK\.md", text), (name, text)


def test_every_alert_links_to_its_page_in_the_runbook_and_to_its_dashboard():
    with open(ALERTS) as f:
        text = f.read()
    alerts = alerts_of(text)
    with open(ROOT + "/grafana/RUNBOOK.md") as f:
        sections = {heading.lower() for heading in re.findall(r"^## (\w+)$", f.read(), re.M)}
    assert len(alerts) == text.count("- alert:") and sections == {name.lower() for name in alerts}, sections ^ {name.lower() for name in alerts}
    check_links(alerts, "https://grafana.example.org", "https://tlsrpt.example.org/RUNBOOK.md")
    assert re.findall(r"severity: critical", text) == ["severity: critical"]
    for path in ("/README.md", "/grafana/README.md"):
        with open(ROOT + path) as f:
            assert f"{len(alerts)} alerts" in f.read(), path


def test_little_evidence_is_never_shown_without_its_bound():
    """Every panel of a domain's verdict has the bound beside it, and every alert for ready_limited names it."""
    shown = 0
    for path in DASHBOARDS:
        with open(path) as f:
            for panel in json.load(f)["panels"]:
                expressions = [target["expr"] for target in panel.get("targets", [])]
                if any("tlsrpt_domain_verdict_code" in expression for expression in expressions):
                    assert any("tlsrpt_verdict_refusal_ratio_upper" in expression for expression in expressions), panel["title"]
                    shown += 1
                assert not any("ready_limited" in expression and "collecting" not in expression for expression in expressions), panel["title"]
    assert shown == 4, shown
    with open(ALERTS) as f:
        blocks = re.split(r"^ +- alert: ", f.read(), flags=re.M)[1:]
    limited = [block for block in blocks if "ready_limited" in block.split("annotations:")[0]]
    assert limited, blocks
    for block in limited:
        assert "tlsrpt_verdict_refusal_ratio_upper" in block and "at most {{ $value" in block, block


def test_links_of_alerts_are_configurable():
    need("promtool")
    with open(ALERTS) as f:
        text = f.read()
    assert generate("--alerts").stdout == text
    done = generate("--alerts", "--grafana-url", "http://grafana.internal:3000/sub/", "--runbook-url", "https://wiki.internal/tlsrpt")
    assert done.returncode == 0, done.stderr
    check_links(alerts_of(done.stdout), "http://grafana.internal:3000/sub", "https://wiki.internal/tlsrpt")
    assert "example.org" not in "".join(value for alert in alerts_of(done.stdout).values() for value in alert.values())
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/alerts.yml", "w") as f:
            f.write(done.stdout)
        run("promtool", "check", "rules", folder + "/alerts.yml")
    for wrong in ("RUNBOOK.md", "/d/x", "ftp://host/", "https:///path", "https://host/#a", "https://host/'x", "https://host/{{ $labels.x }}"):
        assert generate("--alerts", "--runbook-url", wrong).returncode == 2, wrong
        assert generate("--alerts", "--grafana-url", wrong).returncode == 2, wrong


# --- with one ---------------------------------------------------------------


class Prometheus:
    def __init__(self, s, port):
        self.base = f"http://127.0.0.1:{port}/api/v1/"

    def call(self, path, **arguments):
        try:
            with urllib.request.urlopen(self.base + path + "?" + urllib.parse.urlencode(arguments, doseq=True), timeout=60) as answer:
                return json.load(answer)["data"], None
        except urllib.error.HTTPError as answer:
            return None, json.load(answer)["error"]

    def query(self, expression):
        return self.call("query", query=expression, time=time.time())[0]["result"]

    def range(self, expression, start, end, step):
        return self.call("query_range", query=expression, start=start, end=end, step=step)


@contextlib.contextmanager
def demo():
    """Both programs on the demo's store, and a Prometheus that has its history and scrapes it."""
    need("prometheus", "promtool")
    with setup(common="domains = " + " ".join(DOMAINS) + "\n[verdict]\ntrust_https = yes\n") as s:
        with open(s.path("tlsrpt.conf"), "a") as f:
            f.write(f"[mailbox demo]\ntype = maildir\npath = {s.path('maildir')}\nafter = keep\n")
        for name in ("cur", "new", "tmp"):
            os.makedirs(s.path("maildir/" + name))
        run(ROOT + "/grafana/demo", s.path("in"))
        s.own()
        code, out, err = s.run("collector", "import", "--mtime", s.path("in"))
        assert code == 0, (out[-500:], err)
        target = f"127.0.0.1:{s.metrics}"
        code, text, err = s.run("exporter", "backfill", "--label", "job=tlsrpt", "--label", "instance=" + target,
                                "--families", "day,window,summary,verdict,domain,reporter")
        assert code == 0, err
        with open(s.path("hist.om"), "w") as f:
            f.write(text)
        run("promtool", "tsdb", "create-blocks-from", "--max-block-duration=720h", "openmetrics", "-q", s.path("hist.om"), s.path("tsdb"))
        with open(ROOT + "/grafana/prometheus.yml") as f:
            config = f.read()
        assert "127.0.0.1:9817" in config and "scrape_interval: 60s" in config
        shutil.copytree(ROOT + "/grafana/rules", s.path("rules"))
        with open(s.path("prometheus.yml"), "w") as f:
            f.write(config.replace("127.0.0.1:9817", target).replace("scrape_interval: 60s", "scrape_interval: 1s"))
        run("promtool", "check", "config", s.path("prometheus.yml"))
        s.own()
        s.start("collector"), s.start("exporter")
        port = free_port()
        log = open(s.path("prometheus.log"), "ab")
        process = subprocess.Popen(s.as_user(["prometheus", "--config.file=" + s.path("prometheus.yml"), "--storage.tsdb.path=" + s.path("tsdb"),
                                              "--storage.tsdb.retention.time=400d", f"--web.listen-address=127.0.0.1:{port}"]), stdout=log, stderr=log)
        try:
            yield s, wait_for_prometheus(Prometheus(s, port), process)
        finally:
            process.terminate()
            process.wait(30)


def wait_for_prometheus(prometheus, process):
    until = time.time() + 60
    while True:
        assert process.poll() is None and time.time() < until, "Prometheus does not scrape"
        with contextlib.suppress(OSError):
            if len(prometheus.query('count_over_time(up{job="tlsrpt"}[1m]) > 5')):
                return prometheus
        time.sleep(0.5)


def substitute(expression, domain):
    for variable, value in (("$job", "tlsrpt"), ("$domain", domain), ("$policy_type", "sts")):
        expression = expression.replace(variable, value)
    return expression


def judge(answer, error, may_be_empty):
    """What is wrong with an answer, or None."""
    if error:
        return error
    if not answer["result"]:
        return None if may_be_empty else "empty"
    values = [float(value[1]) for series in answer["result"] for value in (series.get("values") or [series["value"]])]
    return "NaN or infinite" if any(v != v or abs(v) == float("inf") for v in values) else None


def evaluate(prometheus, dashboard, domain):
    """Every expression of a dashboard; [(title, what is wrong, expression)]."""
    now, wrong = time.time(), []
    days = 7 if dashboard["time"]["from"].endswith("7d") else 90
    todo = [(panel["title"], target["refId"], target["expr"], target.get("instant"), panel.get("interval", "")) for panel in dashboard["panels"] for target in panel.get("targets", [])]
    todo += [("annotation", "", annotation["expr"], False, "1d") for annotation in dashboard["annotations"]["list"] if "expr" in annotation]
    for title, ref, expression, instant, interval in todo:
        expression = substitute(expression, domain)
        if instant:
            answer, error = prometheus.call("query", query=expression, time=now)
        else:
            step = {"1d": DAY, "1h": 3600}.get(interval, 15)
            if step > 60:
                answer, error = prometheus.range(expression, (now - days * DAY) // step * step, now // step * step + step, step)
            else:
                answer, error = prometheus.range(expression, now - 45, now, step)
        what = judge(answer, error, bool({(dashboard["uid"], title), (dashboard["uid"], title, ref)} & MAY_BE_EMPTY))
        if what:
            wrong.append((title, what, expression))
    return len(todo), wrong


def check_dashboards(prometheus):
    count, wrong = 0, []
    for path in DASHBOARDS:
        with open(path) as f:
            dashboard = json.load(f)
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                matcher, label = variable["query"]["query"][len("label_values("):-1].rsplit(",", 1)
                values, error = prometheus.call(f"label/{label.strip()}/values", **{"match[]": substitute(matcher, "")})
                assert values and not error, (variable["name"], values, error)
        for domain in DOMAINS if dashboard["uid"] == "tlsrpt-domain" else [""]:
            n, bad = evaluate(prometheus, dashboard, domain)
            count += n
            wrong += [(dashboard["uid"], domain, *entry) for entry in bad]
    assert not wrong, wrong[:10]
    print(f"        {count} evaluations")


def check_days(s, prometheus):
    """Each day shows its own totals, from history and live samples through one expression, at any hour."""
    today = int(time.time()) // DAY
    totals = {}
    for column, name in (("successes + failures", "tlsrpt_day_sessions"), ("failures", "tlsrpt_day_failed_sessions")):
        rows = s.rows(f"SELECT d.name, s.day, sum({column}) FROM day_sum AS s JOIN domain AS d ON d.id = s.domain_id WHERE s.policy_type = 1 GROUP BY 1, 2")
        totals[name] = {(domain, day): value for domain, day, value in rows}
    settled = int((time.time() - 36 * 3600) // DAY) - 1
    # A day that settled before the scrape began, and too late for the history, is first seen some hours after its start.
    loaded = int((time.time() - 40 * 3600) // DAY) - 1
    equal, wrong = 0, []
    for name, wanted in totals.items():
        for hour in (0, 7, 23):
            answer, error = prometheus.range(f'last_over_time({name}{{job="tlsrpt",policy_type="sts"}}{SHIFT})', (today - 85) * DAY + hour * 3600, settled * DAY + hour * 3600, DAY)
            assert not error, error
            got = {(series["metric"]["domain"], int(t) // DAY): float(v) for series in answer["result"] for t, v in series["values"]}
            for domain in DOMAINS:
                for day in range(today - 85, (loaded if hour == 0 else settled) + 1):
                    if got.get((domain, day)) == wanted.get((domain, day), 0):
                        equal += 1
                    else:
                        wrong.append((name, domain, day - today, hour, got.get((domain, day)), wanted.get((domain, day), 0)))
    assert not wrong and equal > 2000, (equal, wrong[:10])
    print(f"        {equal} day values equal")


def test_in_a_real_prometheus():
    with demo() as (s, prometheus):
        states = {series["metric"]["domain"]: series["metric"]["verdict"] for series in prometheus.query("tlsrpt_domain_verdict == 1")}
        assert states == DOMAINS, states
        check_days(s, prometheus)
        check_dashboards(prometheus)
        health = [(rule["name"], rule["health"], rule.get("lastError")) for group in prometheus.call("rules")[0]["groups"] for rule in group["rules"]]
        rules = sum(len(re.findall(r"^\s*- (?:alert|record):", open(path).read(), re.M)) for path in glob.glob(ROOT + "/grafana/rules/*.yml"))
        assert len(health) == rules > 20 and all(entry[1] in ("ok", "unknown") for entry in health), health
        # The checks can fail: a wrong label, a wrong name.
        for expression, what in (('sum(tlsrpt_domains{job=~"$job",verdict="none-such"})', "empty"), ("tlsrpt_no_such{}", "empty"), ("sum(", "parse")):
            answer, error = prometheus.call("query", query=substitute(expression, ""), time=time.time())
            assert what in judge(answer, error, False), expression


def test_provisioning_names_what_is_there():
    with open(ROOT + "/grafana/provisioning/dashboards/tlsrpt.yml") as f:
        assert "path: /usr/share/tlsrpt/grafana/dashboards" in f.read()
    with open(ROOT + "/grafana/provisioning/datasources/tlsrpt.yml") as f:
        assert "timeInterval: 60s" in f.read()


def test_the_data_source_stands_beside_those_that_are_there():
    """Grafana does not start with two defaults, and one of the same name would be taken over: ours has a name of its own and is no default."""
    with open(ROOT + "/grafana/provisioning/datasources/tlsrpt.yml") as f:
        text = f.read()
    sources = re.findall(r"^  - name: (.+)$", text, re.M)
    assert sources == ["TLSRPT Prometheus"], sources
    assert re.findall(r"^    isDefault: (\w+)$", text, re.M) == ["false"]
    assert re.findall(r"^    uid: (.+)$", text, re.M) == ["tlsrpt-prometheus"]


if __name__ == "__main__":
    main()
