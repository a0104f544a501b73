"""Worlds of reports for one domain: who said what, and when it came.

A world is a list of (trust, signer, received, document); put() writes it into a store through the real parser, identity
rules and sums (tests/support/put_reports.c, without a mail for each), import_files() through the real collector."""
import datetime, json, os, subprocess

DAY = 86400
TODAY = "2026-06-20"  # the fixed clock of these tests: noon, UTC
NOW = int(datetime.datetime.fromisoformat(TODAY + "T12:00:00+00:00").timestamp())
POLICY = ["version: STSv1", "mode: testing", "mx: mx1.example.org", "mx: mx2.example.org", "max_age: 86400"]
ENFORCE = [POLICY[0], "mode: enforce"] + POLICY[2:]


def date(offset):
    return datetime.datetime.fromtimestamp(NOW + offset * DAY, datetime.timezone.utc).date().isoformat()


def element(kind="sts", s=0, f=0, details=(), policy=POLICY, domain="example.org"):
    out = {"policy": {"policy-type": kind, "policy-domain": domain},
           "summary": {"total-successful-session-count": s, "total-failure-session-count": f}}
    if policy and kind == "sts":
        out["policy"]["policy-string"] = policy
    if details:
        out["failure-details"] = [{"result-type": t, "failed-session-count": n, "receiving-mx-hostname": mx} for t, n, mx in details]
    return out


def report(reporter, day, *elements, id=None, contact=None):
    return {"organization-name": reporter, "contact-info": contact or "tls@" + reporter, "report-id": id or f"{date(day)}.{reporter}",
            "date-range": {"start-datetime": date(day) + "T00:00:00Z", "end-datetime": date(day) + "T23:59:59Z"},
            "policies": list(elements)}


def arrival(day):
    """Three hours after the day's end, but not after now."""
    return min(NOW - 3600, NOW - NOW % DAY + (day + 1) * DAY + 3 * 3600)


def daily(reporter, first, last, *elements, trust="dkim", signer=None, **more):
    """The same elements on each day; signed by the reporter unless told otherwise."""
    return [(trust, (signer or reporter) if trust == "dkim" else "-", arrival(day), report(reporter, day, *elements, **more))
            for day in range(first, last + 1)]


def well(s=100, **more):
    return element(s=s, **more)


def expired(f=100, s=0, mx="mx1.example.org", **more):
    return element(s=s, f=f, details=[("certificate-expired", f, mx)], **more)


def clean(first=-40, last=0, s=100, **more):
    return daily("google.com", first, last, well(s), **more) + daily("microsoft.com", first, last, well(s), **more)


def put(store, world):
    lines = "".join(f"{trust}\t{signer}\t{received}\t{json.dumps(document)}\n" for trust, signer, received, document in world)
    run = subprocess.run([os.environ["TLSRPT_PUT_REPORTS"], store, str(NOW - 100 * DAY)], input=lines, text=True, capture_output=True)
    assert run.returncode == 0, run.stderr[-1000:]
