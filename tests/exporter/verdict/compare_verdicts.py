#!/usr/bin/env python3
"""Random worlds through the C module and through tests/reference/verdict_ref.py.

Usage: compare_verdicts.py VERDICT_FILTER COUNT [SEED]

Prints the first world that they judge differently, and its seed."""
import json
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "reference"))
import verdict_ref  # noqa: E402

TYPES = ["starttls-not-supported", "certificate-host-mismatch",
         "certificate-expired", "certificate-not-trusted",
         "validation-failure", "sts-policy-fetch-error",
         "sts-policy-invalid", "sts-webpki-invalid", "tlsa-invalid",
         "dnssec-invalid", "dane-required", "new-type", "newer-type"]
FOLD_DAYS = 14  # VERDICT_FOLD_DAYS of exporter/verdict/verdict.h
REPORTERS = ["google.com", "microsoft.com", "partner.example", "mail.ru",
             "small.example"]


def random_details(rnd, most):
    return [[rnd.choice(TYPES), rnd.randint(0, most)]
            for _ in range(rnd.choice([1, 1, 1, 2, 3]))]


def random_row(rnd, reporter):
    last = rnd.choice([0, 0, 0, -1, -2, rnd.randint(-50, 3)])
    first = rnd.choice([last, last - rnd.randint(0, 60), -40, -57])
    size = rnd.choice([1, 3, 5, 20, 100, 1000, 10 ** 6])
    failures = rnd.choice([0, 0, 0, 1, rnd.randint(0, size)])
    row = {
        "reporter": reporter,
        "days": [min(first, last), last],
        "type": rnd.choice(["sts"] * 8 + ["tlsa", "no-policy-found", "odd"]),
        "s": rnd.choice([0, size, size, size]),
        "f": failures,
        "policy": rnd.choice(["cur"] * 9 + ["old", "missing"]),
        "trusted": rnd.random() > 0.03,
    }
    if failures or rnd.random() < 0.1:
        row["details"] = random_details(rnd, max(1, failures))
    return row


def random_config(rnd):
    config = {}
    for key, values in {
            "window_days": [7, 14, 21], "max_window_days": [28, 56],
            "cell_cap": [10, 200], "min_reporters": [1, 2, 3],
            "max_refusal": [0.005, 0.01, 0.03], "confirm_days": [1, 3, 5],
            "recent_days": [1, 3, 5], "settle_hours": [12, 36, 60],
            "assume_policy_when_missing": [True, False],
            "accept_reporters": [[], ["partner.example"]],
            "failures_only_reporters": [[], ["mail.ru"]],
            "bad_day_ratio": [0.07, 0.1, 0.5], "ok_sessions": [1, 20],
            "unusable_share": [0.01, 0.05], "active_min": [1, 3, 10],
            "limited_days": [21, 28], "rollback_min": [5, 10, 50]}.items():
        if rnd.random() < 0.1:
            config[key] = rnd.choice(values)
    return config


def random_world(rnd):
    rows = []
    for reporter in rnd.sample(REPORTERS, rnd.randint(1, len(REPORTERS))):
        # Most worlds are healthy, for the faults to show beside health.
        if rnd.random() < 0.8:
            rows.append({"reporter": reporter,
                         "days": [rnd.choice([-57, -40, -30, -18]),
                                  rnd.choice([0, -1, -2, -2, -9])],
                         "type": "sts", "f": 0,
                         "s": rnd.choice([1, 3, 5, 6, 100, 100, 5000])})
        for _ in range(rnd.choice([0, 0, 1, 1, 2, 4])):
            rows.append(random_row(rnd, reporter))
    policy = {"mode": rnd.choice(["testing"] * 5 + ["enforce"] * 3
                                 + ["none", "unknown", "unknown"])}
    if rnd.random() < 0.8:
        policy["since"] = rnd.choice([-60, -60, -60, -17, -15, -10, -30])
    if rnd.random() < 0.8:
        policy["mx"] = rnd.choice([["mx1.example.net"], ["*.example.net"]])
    if rnd.random() < 0.3:
        policy["clean_enforce_days"] = rnd.choice([0, 6, 7, 27, 28, 90])
    world = {"now_hour": rnd.choice([0, 11, 12, 23]), "policy": policy,
             "rows": rows, "config": random_config(rnd)}
    if rnd.random() < 0.2:
        world["mx_hosts"] = rnd.choice(
            [["mx1.example.net"], ["mx1.example.net", "a.b.example.net"],
             ["mx.other.example"]])
        world["mx_checks"] = rnd.choice(
            [{}, {"mx1.example.net": "ok"}, {"mx1.example.net": "fail"}])
    if rnd.random() < 0.5:
        world["previous_state"] = rnd.choice(verdict_ref.STATES
                                             + ["fold"] * 10)
    return world


def days_before(world, days):
    """The world as it is known so many days before today."""
    shifted = dict(world, policy=dict(world["policy"]))
    if "since" in shifted["policy"]:
        shifted["policy"]["since"] += days
    shifted["rows"] = [
        dict(row, days=[day + days for day in row["days"]])
        for row in world["rows"]]
    return shifted


def judge(world):
    if world.get("previous_state") != "fold":
        return verdict_ref.verdict(world)
    state = None
    for days in range(FOLD_DAYS, -1, -1):
        result = verdict_ref.verdict(
            dict(days_before(world, days), previous_state=state))
        state = result["state"]
    return result


def differs(expected, got):
    for key in ("state", "reasons", "advice", "culprits"):
        if expected[key] != got[key]:
            return key
    if expected["numbers"].keys() != got["numbers"].keys():
        return "numbers"
    for key, value in expected["numbers"].items():
        other = got["numbers"][key]
        if key in ("upper", "ratio") and None not in (value, other):
            if abs(value - other) > 1e-6:
                return key
        elif value != other:
            return key
    return None


def main():
    program, count = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rnd = random.Random(seed)
    worlds = [random_world(rnd) for _ in range(count)]
    lines = "".join(json.dumps(world) + "\n" for world in worlds)
    run = subprocess.run([program], input=lines, capture_output=True,
                         text=True, check=True)
    states = {}
    for world, line in zip(worlds, run.stdout.splitlines(), strict=True):
        expected = judge(world)
        got = json.loads(line)
        states[expected["state"]] = states.get(expected["state"], 0) + 1
        key = differs(expected, got)
        if key:
            print(f"they differ in {key} (seed {seed})\n{json.dumps(world)}\n"
                  f"reference {json.dumps(expected)}\nC module  {line}")
            return 1
    missing = set(verdict_ref.STATES) - set(states)
    if missing:
        print(f"no world stands in {sorted(missing)}: the worlds are poor")
        return 1
    print(f"{count} worlds, no difference: "
          + ", ".join(f"{n} {s}" for s, n in sorted(states.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
