#!/usr/bin/env python3
"""House rules for dashboards, after those of grafana/dashboard-linter.

Usage: lint_dashboards.py FILE..."""
import sys, json, re
bad = 0; docs = [json.load(open(f)) for f in sys.argv[1:]]; uids = {d["uid"] for d in docs}
def err(d, msg):
    global bad; bad += 1; print(d["uid"], msg)
for d in docs:
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", d["uid"]): err(d, "uid")
    if d.get("id") is not None: err(d, "id must be absent")
    if d["timezone"] != "utc": err(d, "report days are UTC days")
    vs = {v["name"] for v in d["templating"]["list"]}
    if not {"datasource", "job"} <= vs: err(d, "needs datasource and job variables")
    for v in d["templating"]["list"]:
        if v["type"] == "query" and v["refresh"] != 2: err(d, "variable %s must refresh on time change" % v["name"])
    ids = [p["id"] for p in d["panels"]]
    if len(ids) != len(set(ids)): err(d, "panel ids repeat")
    cells = {}
    for p in d["panels"]:
        g = p["gridPos"]
        if g["x"] + g["w"] > 24: err(d, "%s leaves the grid" % p["title"])
        for x in range(g["x"], g["x"] + g["w"]):
            for y in range(g["y"], g["y"] + g["h"]):
                if (x, y) in cells: err(d, "%s overlaps %s" % (p["title"], cells[(x, y)])); break
                cells[(x, y)] = p["title"]
            else: continue
            break
        if p["type"] == "row": continue
        if not p.get("title") or not p.get("description"): err(d, "%s lacks title or description" % p["id"])
        if p["datasource"].get("uid") != "${datasource}": err(d, "%s: fixed data source" % p["title"])
        if not p["targets"]: err(d, "%s has no query" % p["title"])
        if not p["fieldConfig"]["defaults"].get("unit"): err(d, "%s has no unit" % p["title"])
        for t in p["targets"]:
            e = t["expr"]
            for sel in re.findall(r"\{([^{}]*)\}", e):
                if 'job=~"$job"' not in sel: err(d, "%s: selector without job: %s" % (p["title"], sel))
            for used in set(re.findall(r"\$\{?(\w+)", e)) - {"__rate_interval", "__interval", "__range"}:
                if used not in vs: err(d, "%s uses unknown variable %s" % (p["title"], used))
            for c in re.findall(r"(\w+_total)\b", e):
                if not re.search(r"(rate|increase)\(%s" % c, e): err(d, "%s: counter %s without rate or increase" % (p["title"], c))
            for m in re.findall(r"(?<!last_over_time\()(tlsrpt_day_\w+)", e): err(d, "%s: %s without last_over_time (daily samples)" % (p["title"], m))
            if p.get("interval") == "1d" and not re.search(r"_over_time|increase\(", e): err(d, "%s: step 1d needs an _over_time function" % p["title"])
        for u in re.findall(r'"/d/([\w-]+)', json.dumps(p)):
            if u not in uids: err(d, "link to unknown dashboard " + u)
print(len(docs), "dashboards,", bad, "complaints"); sys.exit(bad > 0)
