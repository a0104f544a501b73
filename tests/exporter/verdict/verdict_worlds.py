"""Random worlds for the verdict, in the words of tests/data/verdict-vectors.json
("reading" there; more in tests/support/verdict_world.h)."""

FOLD_DAYS = 14  # VERDICT_FOLD_DAYS of exporter/verdict/verdict.h
REPORTERS = ["google.com", "a.example", "b.example", "c.example", "d.example",
             "microsoft.com", "e.example"]
REFUSED = ["starttls-not-supported", "certificate-expired",
           "validation-failure", "certificate-host-mismatch"]
TYPES = REFUSED + [
    "certificate-not-trusted", "sts-policy-fetch-error", "sts-policy-invalid",
    "sts-webpki-invalid", "tlsa-invalid", "dnssec-invalid", "dane-required",
    "new-type", "newer-type"]
HOST_STATES = ["ok", "ok", "ok", "starttls_missing", "certificate_expired",
               "certificate_name", "certificate_untrusted", "unreachable",
               "not_in_policy", "unknown"]
POLICIES = ["ok", "fetch_failed", "differs", "invalid", "unknown"]
RECORDS = ["ok", "missing", "invalid", "id_unchanged", "unknown"]

# Numeric parameters: the least and the greatest value that are tried, and the
# step. Ratios are worked with in millionths.
RATIO = 1e-6
PARAMETERS = {
    "window_days": (7, 84, 7), "max_window_days": (14, 84, 1),
    "settle_hours": (4, 100, 1),
    "min_covered_days": (1, 84, 1), "min_reporters": (1, 8, 1),
    "confirm_days": (1, 14, 1),
    "alpha": (RATIO, 0.5, RATIO), "max_refusal": (RATIO, 0.5, RATIO),
    "cell_cap": (1, 2000, 1), "lead_factor": (1, 12, 1),
    "sole_min": (1, 40, 1),
    "recent_days": (1, 14, 1), "active_ratio": (RATIO, 1, RATIO),
    "agreed_ratio": (RATIO, 1, RATIO), "active_min": (1, 100, 1),
    "bad_day_ratio": (RATIO, 1, RATIO),
    "recur_days": (1, 84, 1), "recur_gap_days": (1, 40, 1),
    "ok_reporters": (1, 6, 1), "ok_sessions": (1, 300, 1),
    "local_fail_share": (RATIO, 1, RATIO),
    "local_share_max": (RATIO, 1, RATIO),
    "unusable_share": (RATIO, 1, RATIO), "outdated_share": (RATIO, 1, RATIO),
    "stale_days": (1, 40, 1), "stale_days_max": (1, 84, 1),
    "limited_days": (1, 84, 1), "limited_sessions": (1, 400, 1),
    "limited_covered_days": (1, 84, 1),
    "exit_refusal": (RATIO, 0.5, RATIO), "exit_covered_days": (1, 84, 1),
    "enforce_recent_days": (1, 14, 1),
    "warn_ratio": (RATIO, 1, RATIO), "warn_min": (1, 100, 1),
    "rollback_ratio": (RATIO, 1, RATIO), "rollback_min": (1, 200, 1),
    "total_ratio": (RATIO, 1, RATIO), "total_min": (1, 100, 1),
    "few_accusers": (0, 6, 1), "few_days": (1, 60, 1),
    "standing_days": (0, 90, 1), "standing_report_days": (0, 84, 1),
    "founder_days": (0, 90, 1),
    "probe_checks": (1, 10, 1), "probe_minutes": (0, 9001, 1),
    "rollout_minutes": (0, 9001, 1), "probe_stale_hours": (1, 30, 1),
    "probe_deny": (1, 8, 1), "probe_deny_sessions": (1, 300, 1),
    "certificate_days": (0, 70, 1),
}


# --- checks from outside ------------------------------------------------------

def look(rnd):
    return {"bad_checks": rnd.choice([0, 1, 2, 3, 9]),
            "bad_minutes": rnd.choice([0, 5, 9, 10, 60, 180, 1440, 1500, 3000,
                                       9000]),
            "age_hours": rnd.choice([0, 1, 1, 1, 26, 27])}


def host(rnd, i, good):
    out = dict(look(rnd), host=f"mx{i}.example.net",
               state="ok" if good else rnd.choice(HOST_STATES))
    if rnd.random() < 0.5:
        out["not_after_days"] = rnd.choice([-1, 0, 1.4, 2, 2.9, 3, 30, 60])
    if rnd.random() < 0.2:
        out["lifetime_days"] = rnd.choice([6, 8, 12, 90])
    return out


def probe(rnd):
    good = rnd.random() < 0.4
    same = look(rnd)
    hosts = [host(rnd, i, good) for i in range(rnd.choice([0, 1, 1, 2, 3]))]
    if rnd.random() < 0.4:
        for one in hosts:
            one.update(same)
    if rnd.random() < 0.3:
        for one in hosts:
            one["state"] = hosts[0]["state"]
    out = {"hosts": hosts}
    if rnd.random() < 0.4:
        out["policy_check"] = dict(look(rnd), policy=rnd.choice(POLICIES),
                                   txt=rnd.choice(RECORDS))
    if rnd.random() < 0.05:
        out["reaches_any"] = False
    return out


# --- two kinds of worlds --------------------------------------------------------

def wide_rows(rnd):
    """Some reporters with health over weeks, faults, other policies."""
    rows = []
    volume = rnd.choice([1, 3, 10, 30, 100, 1000])
    for i, reporter in enumerate(REPORTERS[:rnd.randint(1, 6)]):
        first = rnd.choice([-80, -60, -40, -20, -10, -3] if i
                           else [-80, -60, -30])

        def row(days, s, f=0, **more):
            rows.append(dict({"reporter": reporter, "days": days,
                              "type": "sts", "s": s, "f": f}, **more))

        for _ in range(rnd.randint(1, 3)):
            a = rnd.randint(first, 0)
            row([a, min(0, a + rnd.choice([0, 1, 5, 30, 80]))],
                max(1, int(volume * rnd.random() / (i + 1) * 2)))
        row([first, 0], max(1, volume // (i + 1)))
        if rnd.random() < 0.35:
            a = rnd.randint(first, 0)
            f = rnd.choice([1, 1, 2, 3, 10, volume])
            details = [[rnd.choice(REFUSED + TYPES), f]]
            if rnd.random() < 0.2:
                details.append([rnd.choice(TYPES), rnd.randint(0, f)])
            row([a, min(0, a + rnd.choice([0, 0, 1, 3, 20]))],
                rnd.choice([0, 0, 1, 10, volume]), f, details=details,
                type=rnd.choice(["sts"] * 6 + ["tlsa", "no-policy-found",
                                               "odd"]))
        if rnd.random() < 0.1:
            row([first, rnd.randint(first, 0)], volume,
                rnd.choice([0, 0, 0, 1, volume]),
                policy=rnd.choice(["old", "missing"]))
        if rnd.random() < 0.1:
            rows[-1]["trusted"] = False
    return rows


def tight_rows(rnd):
    """A few reporters near the thresholds, refusals in the last days and weeks."""
    rows = []
    volume = rnd.choice([1, 2, 4, 9, 12, 20, 40])
    for i, reporter in enumerate(rnd.sample(REPORTERS[:5], rnd.randint(1, 4))):
        first = rnd.choice([-84, -84, -60, -35, -20, -12])
        size = volume * rnd.choice([0.5, 1, 1.5]) / (1 + i * rnd.choice([0, 1]))
        rows.append({"reporter": reporter, "type": "sts", "f": 0,
                     "days": [first, rnd.choice([0, 0, -1, -2, -4])],
                     "s": max(1, int(size))})
        for _ in range(rnd.choice([0, 0, 0, 1, 1, 2, 3])):
            day = rnd.choice([0, -1, -1, -2, -3, -4, -5, -9, -14, -20, -30,
                              -45, -60])
            if day < first:
                continue
            f = rnd.choice([1, 1, 1, 2, 3, 5, 10, volume])
            rows.append({"reporter": reporter, "days": [day, day],
                         "type": "sts", "s": rnd.choice([0, 0, 2, volume]),
                         "f": f, "details": [[rnd.choice(REFUSED), f]]})
            if rnd.random() < 0.1:
                rows[-1]["policy"] = "old"
    return rows


def add_surroundings(rnd, world):
    """What is known beside the rows."""
    names = sorted({row["reporter"] for row in world["rows"]})
    if rnd.random() < 0.3:
        world["known"] = {name: rnd.choice([0, 3, 7, 8, 27, 28, 29, 40, 400])
                          for name in names if rnd.random() < 0.7}
    if rnd.random() < 0.3:
        world["arrivals"] = {name: rnd.choice([0, 1, 5, 6, 7, 8, 30])
                             for name in names if rnd.random() < 0.7}
    if rnd.random() < 0.4:
        world["probe"] = probe(rnd)
    if rnd.random() < 0.15:
        world["mx_hosts"] = rnd.choice(
            [["mx1.example.net"], ["mx1.example.net", "a.b.example.net"],
             ["mx.other.example"]])
    if rnd.random() < 0.3:
        world["policy"]["clean_enforce_days"] = rnd.choice([0, 6, 7, 27, 28])


def random_config(rnd):
    config = {}
    if rnd.random() < 0.6:
        return config
    for name in rnd.sample(sorted(PARAMETERS), rnd.choice([1, 1, 2, 4])):
        low, high, step = PARAMETERS[name]
        if step == RATIO:
            config[name] = rnd.choice([0.001, 0.003, 0.005, 0.01, 0.02, 0.05,
                                       0.1, 0.15, 0.25, 0.5])
        else:
            config[name] = low + step * min(
                rnd.randint(0, 12), int((high - low) / step))
    if rnd.random() < 0.2:
        config["assume_policy_when_missing"] = False
    for name in ("accept_reporters", "failures_only_reporters",
                 "anchor_reporters"):
        if rnd.random() < 0.15:
            config[name] = rnd.sample(REPORTERS, rnd.choice([0, 1, 1, 2]))
    return config


def random_world(rnd):
    tight = rnd.random() < 0.5
    world = {
        "now_hour": rnd.choice([0, 11, 12, 12, 12, 23]),
        "policy": {"mode": rnd.choice(["testing"] * 9 + ["enforce"] * 8
                                      + ["none", "unknown"]),
                   "since": rnd.choice([-90, -90, -90, -40, -16]),
                   "mx": ["*.example.net"]},
        "rows": tight_rows(rnd) if tight else wide_rows(rnd),
    }
    if rnd.random() < 0.01:
        world["rows"] = world["rows"][:1]
        world["rows"][0]["trusted"] = False
    if rnd.random() < 0.05:
        del world["policy"]["since"]
    add_surroundings(rnd, world)
    config = random_config(rnd)
    if config:
        world["config"] = config
    if rnd.random() < 0.3:
        world["previous_state"] = rnd.choice(["ready"] * 3 + ["ready_limited"]
                                             + ["fold"] * 2)
    return sound(world)


def sound(world):
    """With parameters that may stand beside each other."""
    config = world.get("config", {})
    if config.get("window_days", 14) > config.get("max_window_days", 84):
        config["max_window_days"] = config["window_days"]
    return world


# --- worlds at a threshold ------------------------------------------------------

def daily(reporter, days, s, f=0, result="certificate-expired", **more):
    row = {"reporter": reporter, "days": days, "type": "sts", "s": s, "f": f}
    if f:
        row["details"] = [[result, f]]
    return dict(row, **more)


def healthy(rnd, names, first=-84, last=0):
    size = rnd.choice([2, 5, 10, 20, 40])
    return [daily(name, [first, last], size) for name in names]


def apt_testing(rnd, group):
    """Rows in which a group of parameters of testing may decide."""
    names = rnd.sample(REPORTERS[:5], rnd.randint(2, 4))
    first = rnd.choice([-84, -60, -40])
    rows = healthy(rnd, names, first, rnd.choice([0, 0, -2]))
    day = rnd.choice([0, -1, -2, -3, -4])
    size = rows[0]["s"]
    if group == "recur":
        for back in (rnd.randint(15, 20), rnd.randint(22, 60)):
            rows += [daily(name, [-back, -back], 0, size)
                     for name in names[:2]]
    elif group == "local":
        back = rnd.randint(6, 12)
        rows.append(daily("e.example", [-back, rnd.choice([-2, 0])],
                          rnd.choice([0, 0, 1, 2]), rnd.choice([1, 2, 3])))
    elif group == "unusable":
        for name in names[:rnd.choice([1, 2, 2, 3])]:
            rows.append(daily(name, [day, day], 0, rnd.choice([1, 2, 5]),
                              "sts-policy-fetch-error", policy="missing"))
    elif group == "outdated":
        rows.append(daily(names[0], [day, 0], rnd.choice([1, 5, 10]),
                          policy="old"))
    elif group == "stale":
        gap = rnd.randint(3, 30)
        rows = [daily(name, [first, -gap], size) for name in names]
        rows += [daily(names[0], [first - 20, first - 20], size)]
    elif group == "limited":
        rows = [daily(name, [-rnd.randint(20, 84), -2], 1)
                for name in names[:rnd.choice([1, 2])]]
    elif group == "young":
        rows = healthy(rnd, names, -rnd.randint(8, 30))
    else:
        for name in names[:rnd.choice([1, 2, 2])]:
            rows.append(daily(name, [day, day], rnd.choice([0, size]),
                              rnd.choice([1, 2, 3, 5, size])))
            back = rnd.randint(2, 15)
            rows.append(daily(name, [-back, -back], 0, 1))
    return rows


def apt_enforce(rnd):
    """Some reporters lose mail in the last days, others contradict."""
    names = rnd.sample(REPORTERS[:6], rnd.randint(1, 5))
    rows = healthy(rnd, names, -60, rnd.choice([-1, -2, -5, -9]))
    size = rows[0]["s"]
    for name in names[:rnd.choice([1, 1, 2, 3])]:
        day = rnd.choice([0, -1, -1, -2, -3])
        rows.append(daily(name, [day, min(0, day + rnd.choice([0, 1, 3]))],
                          rnd.choice([0, 0, 1, size]),
                          rnd.choice([1, 2, 3, 5, 10, size])))
    if rnd.random() < 0.5:
        rows += [daily(name, [rnd.randint(-4, 0), 0], rnd.choice([1, 3, 10]))
                 for name in names[1:]]
    return rows


def apt_probe(rnd, name):
    """Checks near what a parameter says of them."""
    state = rnd.choice(HOST_STATES[3:7])
    checks = {"bad_checks": rnd.choice([1, 2, 3, 9]),
              "bad_minutes": rnd.choice([5, 10, 60, 600, 1440, 3000]),
              "age_hours": rnd.choice([0, 1, 5, 26])}
    hosts = [dict(checks, host=f"mx{i}.example.net", state=state)
             for i in range(rnd.choice([1, 2]))]
    if name == "certificate_days":
        hosts = [{"host": "mx.example.net", "state": "ok",
                  "not_after_days": rnd.choice([1, 2.5, 3, 10])}]
    out = {"hosts": hosts}
    if name == "rollout_minutes":
        out = {"hosts": [], "policy_check": dict(
            checks, bad_checks=5, age_hours=0, policy="differs", txt="ok")}
    return out


APT = {"recur_days": "recur", "recur_gap_days": "recur",
       "ok_reporters": "local", "ok_sessions": "local",
       "local_fail_share": "local", "local_share_max": "local",
       "unusable_share": "unusable", "outdated_share": "outdated",
       "stale_days": "stale", "stale_days_max": "stale",
       "limited_days": "limited", "limited_sessions": "limited",
       "limited_covered_days": "limited", "min_reporters": "limited",
       "confirm_days": "young", "founder_days": "young",
       "window_days": "young", "settle_hours": "young"}
ENFORCED = ("enforce_recent_days", "warn_", "rollback_", "total_", "few_",
            "probe_deny")


def apt_world(rnd, name):
    """A world in which a parameter is likely to decide."""
    enforced = name.startswith(ENFORCED)
    world = {
        "now_hour": rnd.choice([0, 12, 12, 23]),
        "policy": {"mode": "enforce" if enforced or
                   name.startswith("probe") and rnd.random() < 0.5
                   else "testing", "since": -90, "mx": ["*.example.net"]},
        "rows": (apt_enforce(rnd) if enforced
                 else apt_testing(rnd, APT.get(name, "refused"))),
    }
    add_surroundings(rnd, world)
    world.pop("probe", None)
    if name.startswith(("probe", "rollout", "certificate_days")):
        world["probe"] = apt_probe(rnd, name)
    if name.startswith("exit_"):
        world["previous_state"] = "ready"
    return world


def with_parameter(world, name, place):
    """With a parameter at so many steps from its least value."""
    low, _, step = PARAMETERS[name]
    value = (round((low + step * place) * 1e6) / 1e6 if step == RATIO
             else low + step * place)
    return sound(dict(world, config=dict(world.get("config", {}),
                                         **{name: value})))


def worlds_at_threshold(rnd, name, judge):
    """Two worlds that differ by one step of a parameter and are judged
    differently, and their neighbours; none where nothing was found."""
    low, high, step = PARAMETERS[name]
    world = apt_world(rnd, name) if rnd.random() < 0.7 else random_world(rnd)
    places = int(round((high - low) / step))
    below, above = 0, places
    if step == RATIO and rnd.random() < 0.7:
        above = rnd.choice([2000, 20000, 100000, 500000])
    above = min(above, places)
    at_below = judge(with_parameter(world, name, below))
    if judge(with_parameter(world, name, above)) == at_below:
        return []
    while above - below > 1:
        middle = (below + above) // 2
        if judge(with_parameter(world, name, middle)) == at_below:
            below = middle
        else:
            above = middle
    return [with_parameter(world, name, place)
            for place in range(max(0, below - 1), min(places, above + 1) + 1)]
