#!/usr/bin/env python3
"""Checks dashboards against the TypeScript types of @grafana/schema.

Usage: typecheck_dashboards.py FOLDER FILE...

FOLDER has node_modules with @grafana/schema and typescript (npm ci in a copy of tests/grafana)."""
import sys, json, os, subprocess
pre, files = os.path.abspath(sys.argv[1]), sys.argv[2:]
base = "./node_modules/@grafana/schema/dist/types/raw/composable"
T = {"stat": "stat", "timeseries": "timeseries", "bargauge": "bargauge", "table": "table", "state-timeline": "statetimeline", "status-history": "statushistory", "heatmap": "heatmap", "barchart": "barchart", "text": "text"}
def mod(k):
    d = os.path.join(pre, base, T[k], "panelcfg/x")
    return base + "/" + T[k] + "/panelcfg/x/" + [f for f in os.listdir(d) if f.endswith(".d.ts")][0][:-5]
out = ['import type { Dashboard, Panel, DataQuery } from "@grafana/schema";',
       'import type { Dashboard as RawDashboard, Panel as RawPanel, AnnotationQuery } from "./node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen";']
out += ['import type { PrometheusDataQuery } from "./node_modules/@grafana/schema/dist/types/raw/composable/prometheus/dataquery/x/types.gen";'] if os.path.exists(os.path.join(pre, base, "prometheus/dataquery/x/types.gen.d.ts")) else []
prom = len(out) > 2
for k in T: out.append('import type * as %s from "%s";' % (T[k], mod(k)))
# JSON carries the values of string enums: turn every enum into the union of its values
out.append("type J<T> = unknown extends T ? unknown : T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends Array<infer U> ? Array<J<U>> : T extends object ? { [K in keyof T]: J<T[K]> } : T;")
def lit(x): return json.dumps(x)
for i, f in enumerate(files):
    d = json.load(open(f))
    shell = {k: v for k, v in d.items() if k not in ("panels", "annotations", "templating")}
    out.append("// %s" % f); out.append("export const d%d: J<RawDashboard> = %s;" % (i, lit(shell)))
    for j, p in enumerate(d["panels"]):
        q = {k: v for k, v in p.items() if k not in ("options", "fieldConfig", "targets", "panels")}
        if p["type"] == "row": continue
        out.append("export const p%d_%d: J<RawPanel> = %s;" % (i, j, lit(dict(q, targets=[]))))
        k = T[p["type"]]
        out.append("export const o%d_%d: J<Partial<%s.Options>> = %s;" % (i, j, k, lit(p["options"])))
        fc = dict(p["fieldConfig"]["defaults"]); cu = fc.pop("custom", None)
        out.append("export const f%d_%d: J<RawPanel['fieldConfig']> = %s;" % (i, j, lit(dict(defaults=fc, overrides=p["fieldConfig"]["overrides"]))))
        if cu is not None: out.append("export const c%d_%d: J<Partial<%s.FieldConfig>> = %s;" % (i, j, k, lit(cu)))
        if prom:
            for n, t in enumerate(p["targets"]): out.append("export const t%d_%d_%d: PrometheusDataQuery = %s;" % (i, j, n, lit(t)))
open(os.path.join(pre, "check.ts"), "w").write("\n".join(out) + "\n")
json.dump(dict(compilerOptions=dict(strict=True, noEmit=True, skipLibCheck=True, module="esnext", moduleResolution="bundler", target="es2022", types=[]), files=["check.ts"]), open(os.path.join(pre, "tsconfig.json"), "w"))
r = subprocess.run(["node_modules/.bin/tsc", "-p", "."], cwd=pre, capture_output=True, text=True)
print(r.stdout[:6000] or "no type errors in %d dashboards, %d checked constants" % (len(files), sum(l.startswith("export const") for l in out))); sys.exit(r.returncode)
