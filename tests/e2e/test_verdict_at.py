"""The verdict as it was known at a moment: from the reports that had arrived by then, and from what had proved them."""
import datetime, glob, json, os, sqlite3

from harness import LONG, main, setup
from test_verdict import WORLDS, fleet, of_domain, reasons, verdicts
import worlds as w


def end(offset):
    """The last second of a day."""
    return w.NOW - w.NOW % w.DAY + (offset + 1) * w.DAY - 1


def live(s, clock, *arguments):
    """What a shell shows under that clock."""
    code, out, err = s.run("exporter", "verdict", "--json", *arguments, clock=clock)
    assert code < 3, (code, err)
    return code, {entry["domain"]: entry for entry in json.loads(out)}


def plain(entry):
    """Without what says that it is of a moment, and in which order reports of a day are read."""
    entry = json.loads(json.dumps(entry)) | {"as_known_at": None}
    for failure in entry["failures"]:
        failure["reporters"].sort()
        failure["reason_code"] = None
    entry["failures"].sort(key=json.dumps)
    return entry


def forget(s):
    for path in glob.glob(s.path("store/tlsrpt.db*")):
        os.unlink(path)


def change(s, *statements):
    db = sqlite3.connect(s.path("store/tlsrpt.db"))
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()
    s.own()


def one(s, at, *arguments):
    return verdicts(s, "example.org", *arguments, at=at)[1]["example.org"]


def refused(entry):
    return {day["day"]: day["refused_sessions"] for day in entry["days"] if day["refused_sessions"]}


def test_every_day_is_what_a_store_of_that_day_shows():
    """Of all worlds: reports that are late or dated back, proofs that came later, copies that another took the place of."""
    days = range(-41, 1) if LONG else (-41, -39, -30, -22, -12, -8, -4, -2, -1, 0)
    with fleet() as s:
        then = {day: verdicts(s, at=w.date(day)) for day in days}
        forget(s)
        states = set()
        for day in days:
            w.put(s.path("store/tlsrpt.db"), [line for domain, (world, *_) in WORLDS.items() for line in of_domain(world, domain) if line[2] <= end(day)])
            s.own()
            code, entries = live(s, end(day))
            assert code == then[day][0], day
            for domain, entry in entries.items():
                known = then[day][1][domain]
                assert known["as_known_at"]["time"] == end(day) and entry["as_known_at"] is None
                assert plain(known) == plain(entry), (day, known, entry)
                states.add(entry["verdict"])
            forget(s)
        assert len(states) >= 8, states


def test_what_comes_late_is_known_late():
    """A report that arrives after a week, and forty of a name that never was there before."""
    late = [("dkim", "google.com", end(-3) - 60, w.report("google.com", -10, w.expired(), id="late"))]
    back = [("dkim", "evil.example", end(-1) - 60, w.report("evil.example", day, w.well())) for day in range(-40, -2)]
    with setup() as s:
        w.put(s.path("store/tlsrpt.db"), w.clean() + late + back)
        s.own()
        assert one(s, w.date(-4))["verdict"] == "ready" and refused(one(s, w.date(-4))) == {}
        assert one(s, w.date(-3))["verdict"] == "blocked" and refused(one(s, w.date(-3))) == {w.date(-10): 100}
        # A minute before the end of that day, and the second after it came.
        moment = datetime.datetime.fromtimestamp(end(-3) - 61, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert refused(one(s, moment)) == {}
        assert refused(one(s, moment[:-3] + "59Z")) == {w.date(-10): 100}
        names = {reporter["name"] for reporter in one(s, w.date(-2))["reporters"]}
        assert names == {"google.com", "microsoft.com"}, names
        assert "newcomers_not_counted" in reasons(one(s, w.date(-1))) and "newcomers_not_counted" not in reasons(one(s, w.date(-2)))
        # A what if of then: the reporter is known by today's reports.
        assert one(s, w.date(-3), "--without", "google.com")["verdict"] == "ready_limited"
        assert one(s, w.date(-4), "--without", "evil.example")["verdict"] == "ready"


def test_a_proof_that_comes_later_is_no_proof_before():
    with setup() as s:
        world = w.daily("google.com", -40, 0, w.well(), trust="anonymous") + w.daily("microsoft.com", -40, 0, w.well(), trust="anonymous")
        proofs = [("dkim", document["organization-name"], end(-5), document) for _, _, received, document in world if received < end(-5)]
        w.put(s.path("store/tlsrpt.db"), world + proofs)
        s.own()
        before, after = one(s, w.date(-6)), one(s, w.date(-5))
        assert reasons(before) == {"anonymous_evidence"} and before["from_proved_reports"] == "no_data", before
        assert [reporter["name"] for reporter in before["reporters"]] == ["google.com (unverified)", "microsoft.com (unverified)"]
        assert [reporter["proved"] for reporter in after["reporters"]] == [True, True] and after["from_proved_reports"] != "no_data", after


def test_a_copy_counts_until_another_takes_its_place():
    with setup() as s:
        forged, real = w.report("google.com", -5, w.well(100)), w.report("google.com", -5, w.expired())
        other = [line for line in w.clean() if not (line[1] == "google.com" and line[3]["report-id"] == real["report-id"])]
        w.put(s.path("store/tlsrpt.db"), [("anonymous", "-", w.arrival(-5), forged)] + other + [("dkim", "google.com", end(-2), real)])
        s.own()
        assert refused(one(s, w.date(-3))) == {} and refused(one(s, w.date(-2))) == {w.date(-5): 100}
        assert one(s, w.date(-3))["failures"] == [] and one(s, w.date(-2))["failures"][0]["sessions"] == 100


def test_before_the_first_report_and_after_the_last():
    with setup() as s:
        w.put(s.path("store/tlsrpt.db"), w.clean())
        s.own()
        code, entries = verdicts(s, "example.org", at=w.date(-41))
        assert code == 1 and reasons(entries["example.org"]) == {"no_reports"} and entries["example.org"]["as_known_at"]["deleted_before"] is None
        code, out, _ = s.run("exporter", "verdict", "--at", w.date(-41), "example.org")
        assert code == 1 and f"As known on {w.date(-41)} at 23:59:59 UTC, from the reports that had arrived by then." in " ".join(out.split()), out
        assert "reports_stopped" in reasons(one(s, w.date(20)))


def test_a_clock_that_was_ahead():
    """What is stored with a time to come is shown now, and was not known at any moment that has passed."""
    with setup() as s:
        ahead = [("dkim", "google.com", w.NOW + 2 * w.DAY, w.report("google.com", -1, w.expired(), id="ahead"))]
        w.put(s.path("store/tlsrpt.db"), w.clean(last=-2) + w.daily("microsoft.com", -1, 0, w.well()) + ahead)
        s.own()
        assert refused(live(s, w.NOW)[1]["example.org"]) == {w.date(-1): 100}
        assert refused(one(s, w.date(0))) == {} and refused(one(s, w.date(1))) == {}
        assert refused(one(s, w.date(2))) == {w.date(-1): 100}


def test_what_has_been_deleted_is_said():
    with setup() as s:
        w.put(s.path("store/tlsrpt.db"), w.clean())
        first = w.NOW // w.DAY - 20
        change(s, f"DELETE FROM report WHERE day < {first}", f"DELETE FROM day_sum WHERE day < {first}", f"INSERT INTO timestamp VALUES ('expired_before', {first})")
        entry = one(s, w.date(0))
        assert entry["as_known_at"]["deleted_before"] == w.date(-20) and "more was known then than is left" in entry["as_known_at"]["sentence"], entry["as_known_at"]
        code, out, _ = s.run("exporter", "verdict", "--at", w.date(-19), "example.org")
        assert f"Reports of days before {w.date(-20)} have been deleted since (retention_days), so that more was known then than is left." in " ".join(out.split()), out
        assert one(s, w.date(400))["as_known_at"]["deleted_before"] is None
        assert live(s, w.NOW)[1]["example.org"]["as_known_at"] is None


def test_the_fleet():
    with fleet() as s:
        code, out, _ = s.run("exporter", "verdict", "--at", w.date(-25))
        table = {line.split()[0]: line.split()[1] for line in out.splitlines()[1:]}
        assert set(table) == set(WORLDS) and code == 2, out
        assert table["clean.example"] == "collecting" and table["short.example"] == "no_data" and table["lost.example"] == "enforce_ok", table


if __name__ == "__main__":
    main()
