"""The verdict as it would be: without some reporters, or with some accepted."""
from harness import main, setup
from test_verdict import WORLDS, fleet, of_domain, reasons, verdicts
import worlds as w


def without(world, *names):
    """The same world without the reports that these organisations wrote."""
    return [line for line in world if line[3]["organization-name"] not in names]


def same(entry, other):
    """The verdicts are the same in all but their names, and who was left out."""
    return all(entry[key] == other[key] for key in ("verdict", "numbers", "policy", "reporters", "silent_reporters", "culprits", "days", "failures")) and reasons(entry) == reasons(other)


def test_a_reporter_left_out_is_one_that_never_was():
    lesser = {f"{domain[:-8]}-without.example": (domain, name) for domain, name in (
        ("partner.example", "partner.example"), ("held-up.example", "evil.example"), ("moved.example", "worse.example"), ("ended.example", "microsoft.com"),
        ("lost.example", "google.com"), ("mox.example", "mox.example"), ("mended.example", "evil.example"), ("flooded.example", "google.com"),
        ("one-witness.example", "one.partner.com"), ("short.example", "google.com"), ("clean.example", "microsoft.com"), ("raised.example", "evil.example"))}
    with setup(common="domains = " + " ".join([*WORLDS, *lesser]) + "\n") as s:
        for domain, (origin, name) in lesser.items():
            w.put(s.path("store/tlsrpt.db"), of_domain(WORLDS[origin][0], origin))
            w.put(s.path("store/tlsrpt.db"), of_domain(without(WORLDS[origin][0], name), domain))
        s.own()
        real = verdicts(s)[1]
        changed = 0
        for domain, (origin, name) in lesser.items():
            code, entries = verdicts(s, origin, "--without", name)
            assert same(entries[origin], real[domain]), (origin, name, entries[origin], real[domain])
            assert entries[origin]["what_if"]["real_verdict"] == real[origin]["verdict"] and entries[origin]["what_if"]["without"] == [name]
            assert code == verdicts(s, domain)[0]
            changed += not same(real[origin], real[domain])
        assert changed >= 10, changed
        # Both names of an organisation, by its own; and two names at once.
        assert verdicts(s, "one-witness.example", "--without", "partner.com")[1]["one-witness.example"]["verdict"] == "no_data"
        assert verdicts(s, "held-up.example", "--without", "evil.example", "--without", "worse.example")[1]["held-up.example"]["verdict"] == "ready"


def test_what_if():
    with fleet() as s:
        real = verdicts(s)[1]
        accepted = verdicts(s, "partner.example", "--accept", "partner.example")[1]["partner.example"]
        assert same(accepted, real["accepted.example"]), accepted
        assert accepted["what_if"] | {"sentence": ""} == {"without": [], "accept": ["partner.example"], "real_verdict": "blocked", "real_code": 4, "real_headline": "blocked", "sentence": ""}
        assert real["partner.example"]["what_if"] is None
        code, out, _ = s.run("exporter", "verdict", "--without", "partner.example", "partner.example", clock=w.NOW)
        assert code == 0 and out.startswith("partner.example: ready (what if)\n  This is a what if: without the reports of partner.example, "), out
        assert "the verdict would be ready. It is blocked." in " ".join(out.split()) and "certificate-not-trusted" not in out, out
        # Of the fleet, what changes.
        code, out, _ = s.run("exporter", "verdict", "--accept", "partner.example", clock=w.NOW)
        assert out.splitlines()[0].split() == ["DOMAIN", "VERDICT", "WHAT", "IF"] and out.splitlines()[1].split() == ["partner.example", "blocked", "ready"], out
        assert out.splitlines()[2:] == ["", f"What if: with partner.example in accept_reporters, the verdict of 1 of {len(WORLDS)} domains would change."] and code == 2, out
        everything = verdicts(s, "--without", "google.com")[1]
        assert set(everything) == set(WORLDS) and everything["clean.example"]["verdict"] == "ready_limited" and everything["clean.example"]["what_if"]["real_code"] == 7
        # A name that is misspelt is no answer.
        code, out, err = s.run("exporter", "verdict", "--without", "gogle.com", "clean.example")
        assert (code, out) == (64, "") and 'no report is of a reporter "gogle.com" there; there are reports of google.com, microsoft.com' in err, err
        assert s.run("exporter", "verdict", "--without", "mox.example", "clean.example")[0] == 64
        assert s.run("exporter", "verdict", "--without", "mox.example", "clean.example", "mox.example")[0] < 3
        code, _, err = s.run("exporter", "verdict", "--accept", "gogle.com")
        assert code == 64 and '"gogle.com" on any domain' in err, err


if __name__ == "__main__":
    main()
