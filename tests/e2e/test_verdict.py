"""Verdicts from reports: worlds of one domain each in one store, read from the shell and from /metrics under a fixed clock."""
import contextlib, json, os, re, sqlite3

from harness import main, setup
import worlds as w



def failing(result, f, s=0, **more):
    return w.element(s=s, f=f, details=[(result, f, "mx2.example.org")], **more)


def mox():
    """In testing mode mox counts the session as a success and adds the detail."""
    return w.element(s=10, f=0, details=[("certificate-host-mismatch", 10, "mx1.example.org")])


def copy_first():
    """Somebody who knows how the reporter makes its report-ids sends a healthy copy before the real report comes."""
    real = w.report("google.com", -1, w.expired())
    forged = w.report("google.com", -1, w.well(100))
    other = w.daily("microsoft.com", -1, -1, w.expired())
    return w.clean(last=-2) + [("anonymous", "-", w.arrival(-1) - 3600, forged), ("dkim", "google.com", w.arrival(-1), real)] + other


def backdated(names, received, *elements, first=-40, last=-2, trust="dkim", id=None):
    """Reports on many days that all came at once."""
    return [(trust, name if trust == "dkim" else "-", received, w.report(name, day, *elements or [w.well()], id=f"{id}.{day}.{name}" if id else None))
            for name in names for day in range(first, last + 1)]


def flood(name, first=-3, last=0):
    """Successes in the name of a reporter who signs."""
    return w.daily(name, first, last, w.well(10 ** 12), trust="anonymous", contact="x@" + name, id="flood")


def bad(policy=w.POLICY):
    return (w.daily("google.com", -40, -2, w.well(policy=policy)) + w.daily("microsoft.com", -40, -2, w.well(policy=policy))
            + w.daily("google.com", -1, -1, w.expired(policy=policy)) + w.daily("microsoft.com", -1, -1, w.expired(policy=policy)))


# Names that anybody can buy, and what they say: no policy any more, other hosts, all refused, all well.
EVIL = ["evil.example", "worse.example"]
NO_POLICY = ["version: STSv1", "mode: none"]
OTHER_HOSTS = w.POLICY[:2] + ["mx: mx.evil.example"]


ENFORCED = w.daily("google.com", -40, 0, w.well(policy=w.ENFORCE)) + w.daily("microsoft.com", -40, 0, w.well(policy=w.ENFORCE))


def patient(names, *elements):
    """Known for long by a report each, and then nothing until a minute ago."""
    return [line for name in names for line in w.daily(name, -40, -40, w.well(policy=elements[0]["policy"]["policy-string"]))] + backdated(names, w.NOW - 60, *elements, first=-39, last=0)


def raised(names, *elements):
    """What lay there unproved for long, and was signed a minute ago."""
    lines = [line for name in names for line in w.daily(name, -40, 0, *elements, trust="anonymous", contact="tls@" + name)]
    return lines + [("dkim", document["organization-name"], w.NOW - 60, document) for _, _, _, document in lines]


PARTNER = w.daily("partner.example", -40, 0, failing("certificate-not-trusted", 40))
BIG = [line for name in ("google.com", "microsoft.com", "yahoo.com") for line in w.daily(name, -40, 0, w.well(433))]

# domain: (world, state, reasons, exit status)
WORLDS = {
    "clean.example": (w.clean(), "ready", set(), 0),
    "expired.example": (w.clean(last=-2) + w.daily("google.com", -1, -1, w.expired()) + w.daily("microsoft.com", -1, -1, w.expired()),
                        "blocked", {"active_refusals"}, 2),
    "enforced.example": (w.daily("google.com", -40, 0, w.well(policy=w.ENFORCE))
                         + w.daily("microsoft.com", -40, 0, w.well(policy=w.ENFORCE)), "enforce_ok", set(), 0),
    "lost.example": (bad(w.ENFORCE), "enforce_rollback", {"refusals_now"}, 2),
    "mox.example": (w.daily("mox.example", -40, 0, mox()) + w.daily("google.com", -40, 0, w.well(10)),
                    "blocked", {"active_refusals", "refusal_ratio"}, 2),
    "doubled.example": (w.daily("google.com", -40, 0, w.well()) + w.daily("microsoft.com", -40, 0, w.well(), w.element("tlsa", s=100)),
                        "ready", set(), 0),
    "partner.example": (BIG + PARTNER, "blocked", {"sender_local_fault", "sender_local_over_budget"}, 2),
    "accepted.example": (BIG + PARTNER, "ready", {"sender_local_fault"}, 0),
    "flooded.example": (bad() + flood("google.com") + flood("microsoft.com"), "blocked", {"active_refusals", "newcomers_not_counted"}, 2),
    "flooded-lost.example": (bad(w.ENFORCE) + flood("google.com") + flood("microsoft.com"), "enforce_rollback",
                             {"refusals_now", "newcomers_not_counted"}, 2),
    "invented.example": (w.daily("a.example", -40, 0, w.well(), trust="anonymous") + w.daily("b.example", -40, 0, w.well(), trust="anonymous"),
                         "ready_limited", {"anonymous_evidence"}, 1),
    "invented-signed.example": (w.daily("founder.example", -20, 0, w.well()) + backdated(["new1.example", "new2.example"], w.NOW - w.DAY),
                                "collecting", {"few_reporters", "bound_too_wide", "newcomers_not_counted"}, 1),
    "forged-failures.example": (w.daily("a.example", -40, -2, w.well(policy=w.ENFORCE)) + w.daily("b.example", -40, -2, w.well(policy=w.ENFORCE))
                                + w.daily("c.example", -1, -1, w.expired(policy=w.ENFORCE), trust="anonymous")
                                + w.daily("d.example", -1, -1, w.expired(policy=w.ENFORCE), trust="anonymous"),
                                "enforce_warning", {"newcomer_refusals", "newcomers_not_counted", "anonymous_evidence"}, 2),
    "copied.example": (copy_first(), "blocked", {"active_refusals"}, 2),
    "small.example": (w.daily("google.com", -40, 0, w.well(5)) + w.daily("microsoft.com", -40, 0, w.well(6)), "ready", set(), 0),
    "short.example": (w.clean(first=-9), "collecting", {"coverage_low", "observation_short"}, 1),
    "stopped.example": (w.clean(last=-9), "stale", {"reports_stopped"}, 2),
    "broken.example": (w.clean(last=-6) + [line for name in ("google.com", "microsoft.com") for line in w.daily(
        name, -5, 0, w.element(s=0, f=100, details=[("sts-policy-fetch-error", 100, "")], policy=None))], "policy_broken", {"policy_unusable"}, 2),
    "none.example": (w.daily("google.com", -40, 0, w.element("no-policy-found", s=50)), "no_policy", {"policy_not_published"}, 1),
    "silent.example": ([], "no_data", {"no_reports"}, 1),
    "worthless.example": (w.clean(trust="none"), "no_data", {"no_reports", "untrusted_ignored"}, 1),
    # Names under one registrable domain are one witness.
    "one-witness.example": (w.daily("one.partner.com", -40, 0, w.well()) + w.daily("two.partner.com", -40, 0, w.well()), "ready_limited", {"few_reporters", "bound_too_wide"}, 1),
    # What nobody signed in the name of one who signs adds nothing.
    "claimed.example": (w.daily("google.com", -20, 0, w.well(2)) + w.daily("microsoft.com", -20, 0, w.well(2))
                        + w.daily("google.com", -20, 0, w.well(200), trust="anonymous", id="claim"), "collecting", {"bound_too_wide", "newcomers_not_counted"}, 1),
    # Nor do they say which policy it is, where somebody signed without naming one.
    "unnamed.example": (w.daily("google.com", -20, 0, w.well(policy=None)) + w.daily("x.example", -20, 0, w.well(policy=w.ENFORCE), trust="anonymous"),
                        "collecting", {"few_reporters", "newcomers_not_counted"}, 1),
    # Two names that came a minute ago, with reports on forty days, hold up, and no more.
    "ended.example": (ENFORCED + backdated(EVIL, w.NOW - 60, w.expired(policy=NO_POLICY), last=0), "enforce_warning",
                      {"newcomer_refusals", "newcomers_not_counted"}, 2),
    "held-up.example": (w.clean() + backdated(EVIL, w.NOW - 60, w.expired(), last=0), "collecting", {"newcomer_refusals", "newcomers_not_counted"}, 1),
    "moved.example": (w.clean() + backdated(EVIL, w.NOW - 60, w.well(policy=OTHER_HOSTS), last=0), "ready", {"newcomers_not_counted"}, 0),
    # Names of eight days mend nothing.
    "mended.example": (w.daily("main.example", -40, 0, w.expired(50, 50)) + w.daily("second.example", -40, 0, w.expired(50, 50))
                       + backdated(EVIL, w.NOW - 8 * w.DAY, w.well(10 ** 6, policy=OTHER_HOSTS), id="first", last=-9)
                       + backdated(EVIL, w.NOW - 60, w.well(10 ** 6, policy=OTHER_HOSTS), last=0), "blocked", {"active_refusals", "refusal_ratio", "newcomers_not_counted"}, 2),
    # Hosts of one name are one witness, however they are written.
    "hosts.example": ([line for name in ("evil.example", "mail.evil.example", "MX.Evil.example.") for line in w.daily(name, -40, 0, w.well())],
                      "ready_limited", {"few_reporters", "bound_too_wide"}, 1),
    # Neither reports that are dated back nor a proof that comes later are patience.
    "dated-back.example": (ENFORCED + patient(EVIL, w.expired(policy=w.ENFORCE)), "enforce_warning", {"newcomer_refusals", "newcomers_not_counted"}, 2),
    "raised.example": (ENFORCED + raised(EVIL, w.expired(policy=w.ENFORCE)), "enforce_warning", {"newcomer_refusals", "newcomers_not_counted"}, 2),
    "host.example": (w.clean(), "blocked", {"mx_not_in_policy", "mx_unproven"}, 2),
}
DOMAIN_SECTIONS = "[domain accepted.example]\naccept_reporters = partner.example\n[domain host.example]\nmx_hosts = mx1.example.org mx3.example.org\n"


def of_domain(world, domain):
    """The same world about another domain."""
    return [(trust, signer, received, rename(document, domain)) for trust, signer, received, document in world]


def rename(document, domain):
    document = json.loads(json.dumps(document))
    for element in document["policies"]:
        element["policy"]["policy-domain"] = domain
    document["report-id"] += "." + domain
    return document


@contextlib.contextmanager
def fleet():
    with setup(common="domains = " + " ".join(WORLDS) + "\n" + DOMAIN_SECTIONS) as s:
        for domain, (world, *_) in WORLDS.items():
            if world:
                w.put(s.path("store/tlsrpt.db"), of_domain(world, domain))
        s.own()
        yield s


def verdicts(s, *arguments, at=None):
    """At noon of the fixed day, as a shell shows it then; or as --at shows a moment."""
    code, out, err = s.run("exporter", "verdict", "--json", *(("--at", at) if at else ()), *arguments, clock=None if at else w.NOW)
    assert code < 3, (code, err)
    return code, {entry["domain"]: entry for entry in json.loads(out)}


def reasons(entry):
    return {reason["reason"] for reason in entry["reasons"]}


def test_worlds_from_the_shell():
    with fleet() as s:
        code, entries = verdicts(s)
        assert code == 2, "the worst of the fleet needs action"
        assert set(entries) == set(WORLDS)
        wrong = [(domain, entries[domain]["verdict"], reasons(entries[domain]), entries[domain]["numbers"]) for domain, (_, state, why, _) in WORLDS.items()
                 if (entries[domain]["verdict"], reasons(entries[domain])) != (state, why)]
        assert not wrong, wrong
        for domain, (_, _, _, status) in WORLDS.items():
            assert verdicts(s, domain)[0] == status, domain
        assert verdicts(s, "clean.example", "enforced.example")[0] == 0
        assert verdicts(s, "clean.example", "short.example")[0] == 1
        assert entries["partner.example"]["culprits"] == ["partner.example"]
        assert entries["claimed.example"]["numbers"]["sessions"] == 4 * entries["claimed.example"]["numbers"]["window_days"]
        assert entries["one-witness.example"]["numbers"]["reporters"] == 1
        assert entries["unnamed.example"]["policy"]["mx"] == [] and entries["unnamed.example"]["policy"]["mode"] == "unknown"
        assert entries["doubled.example"]["numbers"]["sessions"] == 2800, "never added across policy types"


def test_a_small_domain_needs_32_days():
    with fleet() as s:
        at = {day: verdicts(s, "small.example", at=w.date(day))[1]["small.example"] for day in (-14, -11, -10, -9, -7, 0)}
        assert at[-14]["verdict"] == "collecting" and "bound_too_wide" in reasons(at[-14]), at[-14]
        assert reasons(at[-11]) == reasons(at[-10]) == {"bound_too_wide", "confirming"}, at[-11]
        assert at[-9]["verdict"] == "ready_limited" and at[-9]["numbers"]["window_days"] == 30, at[-9]
        assert at[-7]["verdict"] == "ready" and at[-7]["numbers"]["window_days"] == 32 and at[-7]["numbers"]["n"] == 352, at[-7]
        # Once ready, 1.5 % suffices, which 21 days show.
        assert at[0]["verdict"] == "ready" and at[0]["numbers"]["window_days"] == 21, at[0]


def test_worlds_from_the_page():
    with fleet() as s:
        entries = verdicts(s)[1]
        s.start("exporter", clock=w.NOW)
        page = s.page()
        for domain, entry in entries.items():
            code = re.search(rf'^tlsrpt_domain_verdict_code{{domain="{domain}"}} (\d+)$', page, re.M)
            assert int(code[1]) == entry["code"], (domain, code[1], entry["verdict"])
            shown = set(re.findall(rf'^tlsrpt_domain_verdict_reason{{domain="{domain}",reason="(\w+)"}} 1$', page, re.M))
            assert shown == reasons(entry), (domain, shown, reasons(entry))
            held = re.findall(rf'^tlsrpt_domain_verdict{{domain="{domain}",verdict="(\w+)"}} 1$', page, re.M)
            assert held == [entry["verdict"]], (domain, held)
            if "n" in entry["numbers"]:
                assert s.value(f'tlsrpt_verdict_sessions{{domain="{domain}"}}') == entry["numbers"]["n"], domain
        assert len(re.findall(r'^tlsrpt_domain_verdict{domain="clean.example"', page, re.M)) == 11
        total = sum(int(n) for n in re.findall(r'^tlsrpt_domains{verdict="\w+"} (\d+)$', page, re.M))
        assert total == len(WORLDS)


def test_words():
    with fleet() as s:
        code, out, _ = s.run("exporter", "verdict", "--explain", "clean.example", clock=w.NOW)
        assert code == 0
        for wanted in ("clean.example: ready", "mode: enforce", "max_age: 86400", "mx: mx2.example.org", "NB = 2800: U is the smallest p with e(X, NB, p) >= 20: U = 0.001228",
                       "https://mta-sts.clean.example/.well-known/mta-sts.txt", '_mta-sts.clean.example. IN TXT "v=STSv1; id=20260620120000;"'):
            assert wanted in out, (wanted, out)
        code, out, _ = s.run("exporter", "verdict", "expired.example", clock=w.NOW)
        for wanted in ("mx1.example.org, certificate-expired under sts: 200 sessions", "Renew it", "2026-06-19  200 of 200 sessions (day not settled)",
                       "several reporters see it",
                       "google.com (100 of 400 sessions) and microsoft.com (100 of 400). They met certificate-expired at mx1.example.org, on 2026-06-19. What to do: Renew it"):
            assert wanted in " ".join(out.split()) or wanted in out, (wanted, out)
        code, out, _ = s.run("exporter", "verdict", "--explain", "one-witness.example", clock=w.NOW)
        assert out.startswith("one-witness.example: ready_limited (at most 0.1 % refused)\n"), out
        code, out, _ = s.run("exporter", "verdict", clock=w.NOW)
        assert out.splitlines()[0].split()[:3] == ["DOMAIN", "VERDICT", "MODE"] and len(out.splitlines()) == len(WORLDS) + 1
        code, _, err = s.run("exporter", "verdict", "foreign.example")
        assert code == 64 and "foreign.example is not configured" in err, err
        code, _, err = s.run("exporter", "verdict", "--at", "yesterday", "clean.example")
        assert code == 64 and "--at yesterday is no time" in err, err


def test_what_reasons_rest_on():
    with fleet() as s:
        entries = verdicts(s)[1]
        by_name = {domain: {reason["reason"]: reason for reason in entry["reasons"]} for domain, entry in entries.items()}
        for domain, held in by_name.items():
            assert all(reason["sentence"].endswith(".") and reason["advice"].endswith(".") for reason in held.values()), (domain, held)
        lost = by_name["lost.example"]["refusals_now"]
        assert (lost["sessions"], lost["affected_sessions"], lost["since"], lost["last_day"]) == (600, 200, w.date(-1), w.date(-1)), lost
        assert [(r["name"], r["affected_sessions"]) for r in lost["reporters"]] == [("google.com", 100), ("microsoft.com", 100)], lost
        assert [(h["mx"], h["sessions"]) for h in lost["hosts"]] == [("mx1.example.org", 200)] and lost["result_type"] == "certificate-expired", lost
        # A fault is older than the days that count now.
        mox = by_name["mox.example"]["active_refusals"]
        assert mox["since"] == w.date(-40) and mox["last_day"] == w.date(0) and mox["others"][0]["name"] == "google.com", mox
        local = by_name["partner.example"]["sender_local_fault"]
        assert [r["name"] for r in local["reporters"]] == ["partner.example"] and local["other_count"] == 3, local
        broken = by_name["broken.example"]["policy_unusable"]
        assert broken["result_type"] == "sts-policy-fetch-error" and broken["since"] == w.date(-5), broken
        assert by_name["stopped.example"]["reports_stopped"]["last_day"] == w.date(-9)
        evil = by_name["ended.example"]["newcomer_refusals"]
        assert [r["name"] for r in evil["reporters"]] == EVIL and evil["hosts"][0]["mx"] == "mx1.example.org", evil
        assert by_name["flooded.example"]["newcomers_not_counted"]["reporters"][0]["name"] == "google.com (unverified)"
        assert entries["one-witness.example"]["headline"] == "ready_limited (at most 0.1 % refused)"


def test_on_whom_it_rests():
    with fleet() as s:
        entries = verdicts(s, "small.example", "invented-signed.example", "claimed.example")[1]
        names = {domain: {one["name"]: (one["role"], one["anchor"], one["counts_from"]) for one in entry["standing"]["reporters"]} for domain, entry in entries.items()}
        assert names["small.example"] == {"google.com": ("counts", True, w.date(0)), "microsoft.com": ("counts", True, w.date(0))}, names
        # A young domain asks for more the older it becomes, until a newcomer has the 28 days.
        assert names["invented-signed.example"]["new1.example"] == ("newcomer", False, w.date(27)), names
        assert names["invented-signed.example"]["founder.example"] == ("counts", False, w.date(0)), names
        assert names["claimed.example"]["google.com (unverified)"] == ("unsigned", False, None), names
        assert entries["claimed.example"]["standing"]["days_needed"] == 28 and not entries["claimed.example"]["standing"]["everybody"]
        # Days to come are for domains that are named.
        fleet_entries = verdicts(s)[1]
        assert all(one["counts_from"] is None for one in fleet_entries["small.example"]["standing"]["reporters"]), fleet_entries["small.example"]
        assert fleet_entries["silent.example"]["standing"] is None
        text = s.run("exporter", "verdict", "--at", w.TODAY, "invented-signed.example")[1]
        assert f"  Rests on   founder.example\n  Newcomers  new1.example (from {w.date(27)}), new2.example" in text, text
        assert "Who counts" not in text
        text = s.run("exporter", "verdict", "--explain", "--at", w.TODAY, "invented-signed.example")[1]
        assert "\nWho counts\n" in text and "founder.example: counts; known for 19 days" in text, text


def test_what_is_lacking_and_when_it_is_ready():
    """The domain's own reports, gone on with, make it ready on the day that was foretold, and not on the day before."""
    worlds = {"young.example": w.clean(first=-9, last=20), "few.example": w.daily("google.com", -20, 40, w.well(5)) + w.daily("microsoft.com", -20, 40, w.well(6)),
              "mended.example": w.clean(last=-2) + w.daily("google.com", -1, -1, w.expired()) + w.daily("microsoft.com", -1, -1, w.expired()) + w.clean(first=0, last=40),
              "joined.example": w.daily("a.example", -60, 60, w.well()) + w.daily("b.example", -10, 60, w.well()),
              "alone.example": w.daily("a.example", -60, 0, w.well()), "stopped.example": w.clean(last=-9), "enforced.example": ENFORCED}
    with setup(common="domains = " + " ".join(worlds) + "\n") as s:
        for domain, world in worlds.items():
            w.put(s.path("store/tlsrpt.db"), of_domain(world, domain))
        s.own()
        entries = verdicts(s, *worlds)[1]
        state = {domain: entry["verdict"] for domain, entry in entries.items()}
        assert state == {"young.example": "collecting", "few.example": "collecting", "mended.example": "blocked", "joined.example": "ready_limited",
                         "alone.example": "ready_limited", "stopped.example": "stale", "enforced.example": "enforce_ok"}, state
        for domain in ("young.example", "few.example", "mended.example", "joined.example"):
            day = entries[domain]["forecast"]["ready_on"]
            before = (w.datetime.date.fromisoformat(day) - w.datetime.timedelta(1)).isoformat()
            assert verdicts(s, domain, at=day)[1][domain]["verdict"] == "ready", (domain, day)
            assert verdicts(s, domain, at=before)[1][domain]["verdict"] != "ready", (domain, day)
        lacking = {domain: {one["condition"]: one["met_from"] for one in entry["conditions"] if not one["met"]} for domain, entry in entries.items()}
        assert set(lacking["young.example"]) == {"observed_days", "covered_days", "confirmed"}, lacking
        assert lacking["young.example"]["confirmed"] == entries["young.example"]["forecast"]["ready_on"], lacking
        assert set(lacking["mended.example"]) == {"no_refusals_now", "confirmed"}, lacking
        assert lacking["alone.example"] == {"reporters": None, "bound": None} and entries["alone.example"]["forecast"]["outcome"] == "not_within", lacking
        assert entries["stopped.example"]["forecast"]["outcome"] == "no_reporters" and entries["enforced.example"]["forecast"] is None
        assert lacking["enforced.example"] == {} and entries["enforced.example"]["conditions"], lacking
        bound = next(one for one in entries["few.example"]["conditions"] if one["condition"] == "bound")
        assert bound["at_least"] == 343 and bound["seen"] == entries["few.example"]["numbers"]["n"], bound
        text = s.run("exporter", "verdict", "--at", w.TODAY, "young.example")[1]
        assert f"  Ready      about {entries['young.example']['forecast']['ready_on']}, if all 2 reporters" in text, text
        assert "\nWhat is lacking until ready\n  no   mx patterns observed" in text and "  yes  " not in text, text
        text = s.run("exporter", "verdict", "--explain", "--at", w.TODAY, "young.example")[1]
        assert "\nConditions of ready\n  yes  reports arrive" in text, text
        assert all(entry["forecast"] is None for entry in verdicts(s)[1].values()), "days to come are for domains that are named"


def test_no_store_yet():
    with setup() as s:
        code, out, err = s.run("exporter", "verdict", "example.org")
        assert code == 1 and "example.org: no_data" in out and "no report has come yet" in err, (code, out, err)
        assert "_smtp._tls.example.org" in out


def test_through_the_real_collector():
    """The clean world by import, day by day, under a clock that goes with it; and a report from the year 2090."""
    with setup() as s:
        for day in range(-20, 1):
            os.makedirs(s.path("in"), exist_ok=True)
            for _, _, _, document in w.clean(day, day):
                with open(s.path("in/" + document["report-id"] + ".json"), "w") as f:
                    json.dump(document, f)
            s.own()
            code, _, err = s.run("collector", "import", s.path("in"), clock=w.arrival(day))
            assert code == 0, err
            for name in os.listdir(s.path("in")):
                os.unlink(s.path("in/" + name))
        code, entries = verdicts(s, "example.org")
        assert (entries["example.org"]["verdict"], reasons(entries["example.org"])) == ("ready_limited", {"anonymous_evidence"}), entries
        assert code == 1
        far = w.report("google.com", 0, w.well(10 ** 6), id="far")
        far["date-range"]["end-datetime"] = "2090-01-01T00:00:00Z"
        with open(s.path("in/far.json"), "w") as f:
            json.dump(far, f)
        s.own()
        code, out, err = s.run("collector", "import", s.path("in"), clock=w.NOW)
        assert code == 65 and "date_range" in out + err, (code, out, err)
        assert verdicts(s, "example.org")[1]["example.org"]["numbers"] == entries["example.org"]["numbers"]
        s.config(common="domains = example.org\n[verdict]\ntrust_https = yes\n")
        assert verdicts(s, "example.org")[0] == 0
        s.config(common="domains = example.org\n[verdict]\ntrust_https = no\n")
        assert verdicts(s, "example.org")[1]["example.org"]["verdict"] == "no_data"
        s.config(common="domains = example.org\n[verdict]\nreporters = google.com\ntrust_https = yes\n")
        entry = verdicts(s, "example.org")[1]["example.org"]
        assert {"few_reporters", "untrusted_ignored"} <= reasons(entry), entry["reasons"]


def test_the_configuration_knows_better():
    with setup(common="domains = example.org\n[domain example.org]\nmode = enforce\nmax_age = 7d\n") as s:
        w.put(s.path("store/tlsrpt.db"), w.clean())
        s.own()
        entry = verdicts(s, "example.org")[1]["example.org"]
        assert entry["verdict"] == "enforce_ok" and entry["policy"]["mode_from"] == "configuration" and entry["policy"]["max_age"] == 604800, entry
        s.config(common="domains = example.org\n[domain example.org]\nmx = other.example.org\n")
        entry = verdicts(s, "example.org")[1]["example.org"]
        assert entry["verdict"] == "collecting" and "outdated_policy" in reasons(entry), entry


def test_a_policy_is_obeyed_when_two_agree():
    new = w.POLICY[:2] + ["mx: new.example.org", "max_age: 86400"]
    with setup() as s:
        w.put(s.path("store/tlsrpt.db"), w.clean(last=-6) + w.daily("microsoft.com", -5, 0, w.well()) + w.daily("google.com", -5, 0, w.well(policy=new)))
        s.own()
        entry = verdicts(s, "example.org")[1]["example.org"]
        assert entry["policy"]["mx"] == ["mx1.example.org", "mx2.example.org"], entry["policy"]
        assert entry["policy"]["not_obeyed"]["reporter"] == "google.com" and entry["policy"]["not_obeyed"]["mx"] == ["new.example.org"]
        # Who came this week does not make it two.
        w.put(s.path("store/tlsrpt.db"), w.daily("yahoo.com", -4, 0, w.well(policy=new)))
        assert verdicts(s, "example.org")[1]["example.org"]["policy"]["mx"] == ["mx1.example.org", "mx2.example.org"]
        w.put(s.path("store/tlsrpt.db"), w.daily("microsoft.com", 0, 0, w.well(policy=new), id="new"))
        entry = verdicts(s, "example.org")[1]["example.org"]
        assert entry["policy"]["mx"] == ["new.example.org"] and entry["policy"]["since"] == w.date(-5), entry["policy"]
        w.put(s.path("store/tlsrpt.db"), w.daily("evil.example", 0, 0, w.well(policy=["version: STSv1", "mode: none"]), trust="anonymous"))
        assert verdicts(s, "example.org")[1]["example.org"]["policy"]["mode"] == "testing"


def test_newcomers_change_no_policy():
    """Neither which it is, nor its mode, nor for how long it has been; it is said what they show."""
    with fleet() as s:
        for domain, mode, other in (("ended.example", "enforce", "none"), ("moved.example", "testing", "testing"), ("mended.example", "testing", "testing")):
            policy = verdicts(s, domain)[1][domain]["policy"]
            assert policy["mode"] == mode and policy["mode_from"] == "signed_reports" and policy["since"] == w.date(-40), policy
            assert policy["mx"] == ["mx1.example.org", "mx2.example.org"], policy
            assert policy["not_obeyed"]["mode"] == other and policy["not_obeyed"]["reporter"] in EVIL, policy
        s.start("exporter", clock=w.NOW)
        page = s.page()
        for domain in ("ended.example", "clean.example", "moved.example"):
            assert s.value(f'tlsrpt_domain_policy_since_timestamp_seconds{{domain="{domain}"}}') == w.NOW - w.NOW % w.DAY - 40 * w.DAY, page


def without_times(entry):
    for reporter in entry["standing"]["reporters"]:
        del reporter["known_days"], reporter["arrival_days"]
    return entry


def test_a_store_without_times_is_read_as_if_nothing_were_known():
    with setup() as s:
        w.put(s.path("store/tlsrpt.db"), w.clean() + w.daily("partner.example", -40, 0, w.well()))
        s.own()
        want = without_times(verdicts(s, "example.org")[1]["example.org"])
        db = sqlite3.connect(s.path("store/tlsrpt.db"))
        db.executescript("UPDATE reporter SET first_proved = NULL; UPDATE day_sum SET arrived = 0;")
        db.close()
        s.own()
        assert without_times(verdicts(s, "example.org")[1]["example.org"]) == want
        s.start("exporter", clock=w.NOW)
        s.page()
        w.put(s.path("store/tlsrpt.db"), w.daily("other.example", -5, -5, w.well()))
        s.wait_value('tlsrpt_window_reporters{domain="example.org"}', 4)
        assert s.log("exporter").count("does not say when all of its reporters were proved") == 1, s.log("exporter")


if __name__ == "__main__":
    main()
