#!/usr/bin/env python3
"""Random worlds through the C module and through tests/reference/verdict_ref.py.

Usage: compare_verdicts.py VERDICT_FILTER COUNT [SEED]

A tenth of the worlds lie at a threshold: the reference judges them differently
with one parameter a step higher. Prints the first world that is judged
differently, and its seed."""
import fractions
import json
import math
import pathlib
import random
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "reference")]
import verdict_ref  # noqa: E402
from verdict_worlds import (FOLD_DAYS, PARAMETERS, random_world,  # noqa: E402
                            worlds_at_threshold)


class Ratio(float):
    """A ratio in millionths, whose products are exact: the C module decides
    from integers."""

    def __mul__(self, other):
        if isinstance(other, int):
            return fractions.Fraction(round(self * 1e6), 10 ** 6) * other
        return float(self) * other

    __rmul__ = __mul__


def exact(config):
    return {key: Ratio(value) if isinstance(value, float) else value
            for key, value in config.items()}


verdict_ref.DEFAULTS.update(exact(verdict_ref.DEFAULTS))


def known_world(world):
    """The world as the exporter reads it: no days that no verdict looks at."""
    config = dict(verdict_ref.DEFAULTS, **exact(world.get("config", {})))
    last = -math.ceil((24 + config["settle_hours"]
                       - world.get("now_hour", 12)) / 24)
    first = last - config["max_window_days"] - config["confirm_days"] + 1
    rows = [dict(row, days=[min(max(row["days"][0], first),
                                row["days"][1]), row["days"][1]])
            for row in world["rows"]
            if row["days"][1] >= first or not row.get("trusted", True)]
    return dict(world, rows=rows, config=config)


def days_before(world, days):
    """The world as it was known so many days before today."""
    shifted = dict(world, policy=dict(world["policy"]))
    if "since" in shifted["policy"]:
        shifted["policy"]["since"] += days
    shifted["rows"] = [
        dict(row, days=[day + days for day in row["days"]])
        for row in world["rows"]]
    shifted["known"] = {name: max(0, since - days)
                        for name, since in world.get("known", {}).items()}
    return shifted


def judge(world):
    if world.get("previous_state") != "fold":
        return verdict_ref.verdict(known_world(world))
    state = None
    for days in range(FOLD_DAYS, -1, -1):
        then = dict(days_before(world, days), previous_state=state)
        result = verdict_ref.verdict(known_world(then))
        state = result["state"]
    return result


def judge_whole(world):
    """All that is compared, but the bound, which moves by itself."""
    result = judge(world)
    return {key: value for key, value in result.items() if key != "numbers"}


def differs(expected, got):
    for key in expected:
        if key != "numbers" and expected[key] != got[key]:
            return key
    if expected["numbers"].keys() != got["numbers"].keys():
        return "numbers"
    for key, value in expected["numbers"].items():
        other = got["numbers"][key]
        if key in ("upper", "ratio") and None not in (value, other):
            if abs(value - other) > 2e-6:
                return key
        elif value != other:
            return key
    return None


def make_worlds(rnd, count):
    """A tenth of them at the thresholds, each parameter in turn."""
    worlds, found = [], dict.fromkeys(PARAMETERS, 0)
    each = max(1, count // (40 * len(PARAMETERS)))  # some four at each
    for name in PARAMETERS:
        tries = 0
        while found[name] < each and tries < 20 * each:
            near = worlds_at_threshold(rnd, name, judge_whole)
            found[name] += bool(near)
            worlds += near
            tries += 1
    while len(worlds) < count:
        worlds.append(random_world(rnd))
    return worlds, found


def compare(program, worlds):
    """Counts of the states, or None after a difference was printed."""
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
            print(f"they differ in {key}\n{json.dumps(world)}\n"
                  f"reference {json.dumps(expected)}\nC module  {line}")
            return None
    return states


def main():
    program, count = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    worlds, found = make_worlds(random.Random(seed), count)
    states = compare(program, worlds)
    if states is None:
        print(f"seed {seed}")
        return 1
    missing = set(verdict_ref.STATES) - set(states)
    if missing:
        print(f"no world stands in {sorted(missing)}: the worlds are poor")
        return 1
    print(f"{len(worlds)} worlds, no difference: "
          + ", ".join(f"{n} {s}" for s, n in sorted(states.items())))
    print("worlds at the threshold of: "
          + ", ".join(f"{name} {n}" for name, n in sorted(found.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
