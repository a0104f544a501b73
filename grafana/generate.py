#!/usr/bin/env python3
"""Writes the three dashboards, or the alerts with links to your own Grafana and runbook.

Usage: generate.py [FOLDER]    (grafana/dashboards when left out)
       generate.py --alerts [--grafana-url URL] [--runbook-url URL]

The JSON is in the repository; a test compares it with the output of this program. Change this file, then run it. --alerts prints
rules/tlsrpt.alerts.yml with the URLs that a mail about an alert links to: the URL of Grafana without "/d/", and the URL of a copy of
RUNBOOK.md without "#"."""
import argparse, json, os, sys, urllib.parse
HERE = os.path.dirname(os.path.abspath(__file__))
# As they stand in rules/tlsrpt.alerts.yml.
GRAFANA_URL = "https://grafana.example.org"
RUNBOOK_URL = "https://tlsrpt.example.org/RUNBOOK.md"


def absolute(url):
    """A URL that works in a mail: with a scheme and a host, and nothing that YAML or a template would interpret."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment or set(url) & set("'\\{} \n"):
        raise argparse.ArgumentTypeError(f'"{url}" is not an absolute URL; expected https://HOST/PATH')
    return url.rstrip("/")


arguments = argparse.ArgumentParser(usage="generate.py [FOLDER] | --alerts [--grafana-url URL] [--runbook-url URL]")
arguments.add_argument("folder", nargs="?", default=os.path.join(HERE, "dashboards"), help="where the dashboards are written")
arguments.add_argument("--alerts", action="store_true", help="print the alerts instead of writing dashboards")
arguments.add_argument("--grafana-url", type=absolute, default=GRAFANA_URL, help=f"default: {GRAFANA_URL}")
arguments.add_argument("--runbook-url", type=absolute, default=RUNBOOK_URL, help=f"default: {RUNBOOK_URL}")
arguments = arguments.parse_args()
if arguments.alerts:
    with open(os.path.join(HERE, "rules", "tlsrpt.alerts.yml")) as f:
        sys.stdout.write(f.read().replace(GRAFANA_URL + "/d/", arguments.grafana_url + "/d/").replace(RUNBOOK_URL + "#", arguments.runbook_url + "#"))
    sys.exit(0)
FOLDER = arguments.folder
# Codes of exporter/verdict/verdict.h, in their order.
STATES = ["no_data", "no_policy", "stale", "policy_broken", "blocked", "collecting", "ready_limited", "ready", "enforce_ok", "enforce_warning", "enforce_rollback"]
TEXT = ["No reports", "No policy", "Reports stopped", "Policy unusable", "Not yet: refusals", "Collecting", "Little evidence: see the bound", "Ready to enforce", "Enforced, healthy", "Enforced, check", "Enforced, roll back"]
COLOR = ["text", "text", "purple", "orange", "red", "blue", "light-blue", "green", "dark-green", "orange", "dark-red"]
DS = dict(type="prometheus", uid="${datasource}")
MAP = [dict(type="value", options={str(i): dict(text=TEXT[i], color=COLOR[i], index=i) for i in range(len(STATES))})]
J = 'job=~"$job"'; JD = 'job=~"$job",domain="$domain"'
SH = "[24h] offset -60h"                                 # 24 h lookback finds the day's sample, -60 h = 24 h + settle_hours puts it on its own day
pid = 0


# The bound as every other place shows it: rounded up to tenths of a percent. ready_limited is never shown without it.
def at_most(bound): return "ceil(round(%s * 1000000) / 1000) / 1000" % bound


# The bound beside the verdict, as target B of a panel whose mappings are those of the verdict. A domain that is ready has at most 1.0 %.
BOUND = [dict(matcher=dict(id="byFrameRefID", options="B"), properties=[dict(id="mappings", value=[]), dict(id="unit", value="percentunit"), dict(id="decimals", value=1), dict(id="thresholds", value=dict(mode="absolute", steps=[dict(color="green", value=None), dict(color="red", value=0.0105)]))])]


def thr(*steps): return dict(mode="absolute", steps=[dict(color=c, value=v) for v, c in steps])
def tgt(expr, ref="A", legend="", instant=False, fmt=None):
    t = dict(refId=ref, datasource=DS, expr=expr, legendFormat=legend or "__auto", editorMode="code")
    if instant: t.update(instant=True, range=False)
    else: t.update(range=True, instant=False)
    if fmt: t["format"] = fmt
    return t
def panel(type, title, x, y, w, h, targets, desc, options=None, unit=None, mappings=None, thresholds=None, custom=None, color=None, overrides=None, transformations=None, interval=None, links=None, mn=None, mx=None, decimals=None, noValue=None, timeFrom=None):
    global pid; pid += 1
    d = {}
    # A number that stands for a state, or a label's value, has no unit; all else counts something.
    d["unit"] = unit or ("none" if mappings else "short")
    if mappings: d["mappings"] = mappings
    d["thresholds"] = thresholds or thr((None, "green"))
    d["color"] = dict(mode=color or ("thresholds" if type in ("stat", "bargauge", "gauge", "table", "status-history", "state-timeline") else "palette-classic"))
    if custom is not None: d["custom"] = custom
    if links: d["links"] = links
    if mn is not None: d["min"] = mn
    if mx is not None: d["max"] = mx
    if decimals is not None: d["decimals"] = decimals
    if noValue is not None: d["noValue"] = noValue
    p = dict(id=pid, type=type, title=title, description=desc, gridPos=dict(x=x, y=y, w=w, h=h), datasource=DS, targets=targets,
             fieldConfig=dict(defaults=d, overrides=overrides or []), options=options or {})
    if transformations: p["transformations"] = transformations
    if interval: p["interval"] = interval
    if timeFrom: p["timeFrom"] = timeFrom
    return p
STAT = dict(reduceOptions=dict(calcs=["lastNotNull"], fields="", values=False), orientation="auto", textMode="auto", colorMode="background", graphMode="none", justifyMode="auto", wideLayout=True, showPercentChange=False, percentChangeColorMode="standard")
LEG = dict(legend=dict(displayMode="list", placement="bottom", showLegend=True, calcs=[]), tooltip=dict(mode="multi", sort="desc"))
BARS = dict(drawStyle="bars", fillOpacity=80, lineWidth=0, stacking=dict(mode="normal", group="A"), showPoints="never", barAlignment=1)
LINE = dict(drawStyle="line", fillOpacity=10, lineWidth=1, showPoints="never", spanNulls=False, stacking=dict(mode="none", group="A"))
def stat(title, x, y, w, expr, desc, **k):
    k.setdefault("options", dict(STAT)); return panel("stat", title, x, y, w, 4, [tgt(expr, instant=True)], desc, **k)
def ts(title, x, y, w, h, targets, desc, **k):
    k.setdefault("options", LEG); k.setdefault("custom", LINE); return panel("timeseries", title, x, y, w, h, targets, desc, **k)
def row(title, y):
    global pid; pid += 1
    return dict(id=pid, type="row", title=title, collapsed=False, gridPos=dict(x=0, y=y, w=24, h=1), panels=[])
DOMLINK = [dict(title="Can ${__data.fields.domain} enforce?", url="/d/tlsrpt-domain/tlsrpt-domain?${datasource:queryparam}&${job:queryparam}&var-domain=${__data.fields.domain}&${__url_time_range}", targetBlank=False)]
SERLINK = [dict(title="Open ${__field.labels.domain}", url="/d/tlsrpt-domain/tlsrpt-domain?${datasource:queryparam}&${job:queryparam}&var-domain=${__field.labels.domain}&${__url_time_range}", targetBlank=False)]


def var_ds(): return dict(name="datasource", type="datasource", label="Data source", query="prometheus", current=dict(selected=True, text="TLSRPT Prometheus", value="tlsrpt-prometheus"), hide=0, includeAll=False, multi=False, options=[], refresh=1, regex="", skipUrlSync=False)
def var_q(name, label, q, multi=False, all=False, sort=1): return dict(name=name, type="query", label=label, datasource=DS, query=dict(query=q, refId="v-" + name), definition=q, current={}, hide=0, includeAll=all, allValue=".+" if all else None, multi=multi, options=[], refresh=2, regex="", skipUrlSync=False, sort=sort)
def dash(uid, title, desc, panels, vars, annotations=(), time_from="now-90d"):
    return dict(uid=uid, title=title, description=desc, tags=["tlsrpt"], schemaVersion=39, version=1, editable=True, graphTooltip=1, timezone="utc", weekStart="monday",
                refresh="5m", time=dict({"from": time_from, "to": "now"}), timepicker={}, fiscalYearStartMonth=0, liveNow=False,
                templating=dict(list=vars), panels=panels,
                annotations=dict(list=[dict(builtIn=1, datasource=dict(type="grafana", uid="-- Grafana --"), enable=True, hide=True, iconColor="rgba(0, 211, 255, 1)", name="Annotations & Alerts", type="dashboard")] + list(annotations)),
                links=[dict(type="dashboards", tags=["tlsrpt"], title="TLSRPT", asDropdown=False, icon="external link", includeVars=True, keepTime=True, targetBlank=False, tooltip="", url="")])

fleet = [
    stat("Ready to enforce", 0, 0, 4, 'sum(tlsrpt_domains{%s,verdict="ready"})' % J, "Domains in testing mode with sufficient evidence to enforce.", thresholds=thr((None, "text"), (1, "green"))),
    stat("Not yet: refusals", 4, 0, 4, 'sum(tlsrpt_domains{%s,verdict=~"blocked|policy_broken"})' % J, "Domains in testing mode whose mail would be refused, or whose policy senders cannot use.", thresholds=thr((None, "green"), (1, "orange"))),
    stat("Collecting, or little evidence", 8, 0, 4, 'sum(tlsrpt_domains{%s,verdict=~"collecting|ready_limited"})' % J, "Domains without enough evidence yet, or with so little that only the bound in the table tells what enforcing risks.", thresholds=thr((None, "blue"))),
    stat("Enforced, at risk", 12, 0, 4, 'sum(tlsrpt_domains{%s,verdict=~"enforce_warning|enforce_rollback"})' % J, "Enforced domains whose mail is being refused, or whose reports have stopped.", thresholds=thr((None, "green"), (1, "red"))),
    stat("Enforced, healthy", 16, 0, 4, 'sum(tlsrpt_domains{%s,verdict="enforce_ok"})' % J, "Enforced domains without refusals.", thresholds=thr((None, "green"))),
    stat("No reports or policy", 20, 0, 4, 'sum(tlsrpt_domains{%s,verdict=~"stale|no_data|no_policy"})' % J, "Domains without reports or without a policy.", thresholds=thr((None, "text"), (1, "purple"))),
    panel("table", "Domains", 0, 4, 24, 10, [
        tgt('max by (domain) (tlsrpt_domain_verdict_code{%s})' % J, "verdict", instant=True, fmt="table"),
        tgt('max by (domain, mode) (tlsrpt_domain_policy_mode{%s} == 1)' % J, "mode", instant=True, fmt="table"),
        tgt(at_most('max by (domain) (tlsrpt_verdict_refusal_ratio_upper{%s})' % J), "upper", instant=True, fmt="table"),
        tgt('sum by (domain) (tlsrpt_verdict_sessions{%s})' % J, "sessions", instant=True, fmt="table"),
        tgt('sum by (domain) (tlsrpt_verdict_refused_sessions{%s})' % J, "refused", instant=True, fmt="table"),
        tgt('max by (domain) (tlsrpt_verdict_standing_reporters{%s})' % J, "reporters", instant=True, fmt="table"),
        tgt('max by (domain) (tlsrpt_verdict_newcomer_reporters{%s})' % J, "newcomers", instant=True, fmt="table"),
        tgt('max by (domain) (tlsrpt_window_covered_dates{%s})' % J, "dates", instant=True, fmt="table"),
        tgt('time() - max by (domain) (tlsrpt_domain_last_report_end_timestamp_seconds{%s})' % J, "age", instant=True, fmt="table"),
    ], "One row per domain. Click a domain to open its dashboard.", options=dict(showHeader=True, cellHeight="sm", sortBy=[dict(displayName="Verdict", desc=True)]),
        custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False, filterable=True),
        transformations=[dict(id="joinByField", options=dict(byField="domain", mode="outer")),
                         dict(id="organize", options=dict(excludeByName={("Time" if i == 0 else "Time %d" % i): True for i in range(0, 12)} | {"Value #mode": True},
                              renameByName={"domain": "Domain", "mode": "Mode", "Value #verdict": "Verdict", "Value #upper": "Refusals at most", "Value #sessions": "Evidence", "Value #refused": "Refused", "Value #reporters": "Reporters", "Value #newcomers": "Newcomers", "Value #dates": "Days", "Value #age": "Newest report ends"}, indexByName={}))],
        overrides=[dict(matcher=dict(id="byName", options="Verdict"), properties=[dict(id="mappings", value=MAP), dict(id="custom.cellOptions", value=dict(type="color-background", mode="basic"))]),
                   dict(matcher=dict(id="byName", options="Refusals at most"), properties=[dict(id="unit", value="percentunit"), dict(id="decimals", value=1), dict(id="thresholds", value=thr((None, "green"), (0.0105, "red"))), dict(id="custom.cellOptions", value=dict(type="color-text"))]),
                   dict(matcher=dict(id="byName", options="Newest report ends"), properties=[dict(id="unit", value="dtdurations")]),
                   dict(matcher=dict(id="byName", options="Domain"), properties=[dict(id="links", value=[dict(title="Can ${__value.raw} enforce?", url="/d/tlsrpt-domain/tlsrpt-domain?${datasource:queryparam}&${job:queryparam}&var-domain=${__value.raw}&${__url_time_range}", targetBlank=False)])])]),
    panel("state-timeline", "Verdicts over time (20 largest domains)", 0, 14, 24, 9, [tgt('max by (domain) (last_over_time(tlsrpt_domain_verdict_code{%s}[24h])) and on (domain) topk(20, sum by (domain) (last_over_time(tlsrpt_verdict_sessions{%s}[24h] @ end())))' % (J, J), legend="{{domain}}"),
        tgt(at_most('max by (domain) (last_over_time(tlsrpt_verdict_refusal_ratio_upper{%s}[24h]))' % J) + ' and on (domain) (max by (domain) (last_over_time(tlsrpt_domain_verdict_code{%s}[24h])) == 6) and on (domain) topk(20, sum by (domain) (last_over_time(tlsrpt_verdict_sessions{%s}[24h] @ end())))' % (J, J), "B", legend="{{domain}}: refused at most")],
          "The verdict on each day, and where there is little evidence, the bound.", options=dict(mergeValues=True, showValue="never", alignValue="left", rowHeight=0.85, legend=LEG["legend"], tooltip=dict(mode="single", sort="none")), mappings=MAP, custom=dict(lineWidth=0, fillOpacity=80), interval="1d", links=SERLINK, overrides=BOUND),
    ts("Domains by verdict", 0, 23, 12, 8, [tgt('sum by (verdict) (last_over_time(tlsrpt_domains{%s}[24h]))' % J, legend="{{verdict}}")], "Number of domains in each state.", custom=dict(LINE, fillOpacity=60, stacking=dict(mode="normal", group="A")), unit="short", interval="1d", mn=0),
    ts("Failed sessions by report day, MTA-STS", 12, 23, 12, 8, [
        tgt('sum(last_over_time(tlsrpt_day_failed_sessions{%s,policy_type="sts"}%s)) / sum(last_over_time(tlsrpt_day_sessions{%s,policy_type="sts"}%s))' % (J, SH, J, SH), legend="failed share")],
       "Share of failed sessions on the day of the sessions. The newest two days are not settled yet and stay empty.", unit="percentunit", custom=dict(BARS, stacking=dict(mode="none", group="A")), interval="1d", mn=0),
    panel("bargauge", "Failures by result type, all domains, window", 0, 31, 12, 9, [tgt('sort_desc(sum by (result_type) (tlsrpt_window_failure_detail_sessions{%s}))' % J, legend="{{result_type}}", instant=True)], "Sessions in failure-details. One session may appear under several types.",
          options=dict(orientation="horizontal", displayMode="gradient", valueMode="color", showUnfilled=True, minVizWidth=8, minVizHeight=10, maxVizHeight=300, namePlacement="auto", sizing="auto", reduceOptions=STAT["reduceOptions"], legend=dict(LEG["legend"], showLegend=False)), unit="short", mn=0),
    panel("bargauge", "Domains with most refused sessions", 12, 31, 12, 9, [tgt('topk(10, sum by (domain) (tlsrpt_verdict_refused_sessions{%s}))' % J, legend="{{domain}}", instant=True)], "Capped per reporter and day, as in the verdict.",
          options=dict(orientation="horizontal", displayMode="gradient", valueMode="color", showUnfilled=True, minVizWidth=8, minVizHeight=10, maxVizHeight=300, namePlacement="auto", sizing="auto", reduceOptions=STAT["reduceOptions"], legend=dict(LEG["legend"], showLegend=False)), unit="short", mn=0, thresholds=thr((None, "green"), (1, "orange")), links=SERLINK),
    panel("table", "Reporters", 0, 40, 12, 9, [tgt('topk(20, sum by (reporter) (tlsrpt_window_reporter_sessions{%s}))' % J, "sessions", instant=True, fmt="table"), tgt('sum by (reporter) (tlsrpt_window_reporter_failed_sessions{%s}) / (sum by (reporter) (tlsrpt_window_reporter_sessions{%s}) > 0)' % (J, J), "failed", instant=True, fmt="table")],
          "Reporters of all domains.", options=dict(showHeader=True, cellHeight="sm"), custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False),
          transformations=[dict(id="joinByField", options=dict(byField="reporter", mode="outer")), dict(id="organize", options=dict(excludeByName={"Time": True, "Time 1": True, "Time 2": True}, renameByName={"reporter": "Reporter", "Value #sessions": "Sessions", "Value #failed": "Failed"}, indexByName={}))],
          overrides=[dict(matcher=dict(id="byName", options="Failed"), properties=[dict(id="unit", value="percentunit")])]),
    ts("Reports accepted per day", 12, 40, 12, 9, [tgt('sum by (channel) (increase(tlsrpt_ingest_inputs_total{%s,outcome="stored"}[1d]))' % J, legend="{{channel}}")], "By day of arrival, not by report day.", custom=BARS, unit="short", interval="1d", mn=0, timeFrom=None),
    panel("table", "Silent reporters", 0, 49, 24, 7, [tgt('max by (domain, reporter) (tlsrpt_reporter_silent{%s}) == 1' % J, instant=True, fmt="table")],
          "Proved reporters that used to report on a domain and have been silent for more than twice their longest usual gap.", unit="none", options=dict(showHeader=True, cellHeight="sm"), custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False, filterable=True), noValue="none",
          transformations=[dict(id="organize", options=dict(excludeByName={"Time": True, "Value": True}, renameByName={"domain": "Domain", "reporter": "Reporter"}, indexByName={}))],
          overrides=[dict(matcher=dict(id="byName", options="Domain"), properties=[dict(id="links", value=[dict(title="Can ${__value.raw} enforce?", url="/d/tlsrpt-domain/tlsrpt-domain?${datasource:queryparam}&${job:queryparam}&var-domain=${__value.raw}&${__url_time_range}", targetBlank=False)])])]),
]
one = [
    panel("stat", "$domain", 0, 0, 6, 6, [tgt('max(tlsrpt_domain_verdict_code{%s})' % JD, "A", "verdict", instant=True), tgt(at_most('max(tlsrpt_verdict_refusal_ratio_upper{%s})' % JD), "B", "refused at most", instant=True)],
          "Can this domain move from testing to enforce? The table shows the reasons.", options=dict(STAT), mappings=MAP, overrides=BOUND),
    stat("Refusals at most", 6, 0, 3, at_most('max(tlsrpt_verdict_refusal_ratio_upper{%s})' % JD), "The smallest share of refused sessions that the reports exclude, rounded up. Limit: 1%.", unit="percentunit", decimals=1, thresholds=thr((None, "green"), (0.0105, "red"))),
    stat("Evidence", 9, 0, 3, 'sum(tlsrpt_verdict_sessions{%s})' % JD, "Sessions that are evidence (at most 200 per reporter and day).", thresholds=thr((None, "text"))),
    stat("The bound rests on", 12, 0, 3, 'sum(tlsrpt_verdict_bound_sessions{%s})' % JD, "Sessions of the evidence that the bound rests on: no reporter that others can sign for carries it alone. 343 without a refusal are needed for a bound of 1%.", thresholds=thr((None, "orange"), (343, "green"))),
    stat("Refused", 15, 0, 3, 'sum(tlsrpt_verdict_refused_sessions{%s})' % JD, "Sessions in the window that count against the domain.", thresholds=thr((None, "green"), (1, "orange"))),
    stat("Reporters", 18, 0, 3, 'max(tlsrpt_verdict_standing_reporters{%s})' % JD, "Reporters that count in full. With two or more, faults of this domain can be told from faults of a sender.", thresholds=thr((None, "orange"), (2, "green"))),
    stat("Days with reports", 21, 0, 3, 'max(tlsrpt_window_covered_dates{%s})' % JD, "UTC days in the 14-day window with at least one report.", thresholds=thr((None, "orange"), (10, "green"))),
    panel("table", "Reasons", 6, 4, 10, 6, [tgt('max by (reason) (tlsrpt_domain_verdict_reason{%s})' % JD, instant=True, fmt="table")], "The reasons for the verdict. tlsrpt-exporter verdict explains each of them.", unit="none", options=dict(showHeader=True, cellHeight="sm"), custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False), noValue="no objections",
          transformations=[dict(id="organize", options=dict(excludeByName={"Time": True, "Value": True}, renameByName={"reason": "Reason"}, indexByName={}))]),
    stat("Policy mode", 16, 4, 4, 'max by (mode) (tlsrpt_domain_policy_mode{%s} == 1)' % JD, "MTA-STS mode in force: as configured, or as last applied by senders.", unit="none", options=dict(STAT, textMode="name", colorMode="value")),
    stat("Newest report ended", 20, 4, 4, 'time() - max(tlsrpt_domain_last_report_end_timestamp_seconds{%s})' % JD, "Time since the end of the newest reported day.", unit="dtdurations", thresholds=thr((None, "green"), (172800, "orange"), (432000, "red"))),
    stat("Policy unchanged for", 16, 8, 4, 'time() - max(tlsrpt_domain_policy_since_timestamp_seconds{%s})' % JD, "Time since the mx patterns last changed.", unit="dtdurations", thresholds=thr((None, "orange"), (1209600, "green"))),
    stat("max_age", 20, 8, 4, 'max(tlsrpt_domain_policy_max_age_seconds{%s})' % JD, "How long senders may cache the policy.", unit="dtdurations", options=dict(STAT, colorMode="value")),
    panel("state-timeline", "Verdict and mode", 0, 12, 24, 5, [tgt('max(last_over_time(tlsrpt_domain_verdict_code{%s}[24h]))' % JD, "A", "verdict"), tgt(at_most('max(last_over_time(tlsrpt_verdict_refusal_ratio_upper{%s}[24h]))' % JD), "B", "refused at most")], "The verdict on each day, and its bound.", options=dict(mergeValues=True, showValue="auto", alignValue="left", rowHeight=0.85, legend=LEG["legend"], tooltip=dict(mode="single", sort="none")), mappings=MAP, custom=dict(lineWidth=0, fillOpacity=80), interval="1d", overrides=BOUND),
    ts("Sessions by report day", 0, 17, 12, 9, [
        tgt('sum(last_over_time(tlsrpt_day_sessions{%s,policy_type="$policy_type"}%s)) - sum(last_over_time(tlsrpt_day_failed_sessions{%s,policy_type="$policy_type"}%s))' % (JD, SH, JD, SH), "A", "successful"),
        tgt('sum(last_over_time(tlsrpt_day_failed_sessions{%s,policy_type="$policy_type"}%s))' % (JD, SH), "B", "failed")],
       "On the day of the sessions. Unsettled days stay empty.", custom=BARS, unit="short", interval="1d", mn=0,
       overrides=[dict(matcher=dict(id="byName", options="failed"), properties=[dict(id="color", value=dict(mode="fixed", fixedColor="red"))]), dict(matcher=dict(id="byName", options="successful"), properties=[dict(id="color", value=dict(mode="fixed", fixedColor="green"))])]),
    ts("Refusal rate", 12, 17, 12, 9, [
        tgt('sum(last_over_time(tlsrpt_day_refused_sessions{%s}%s)) / (sum(last_over_time(tlsrpt_day_sessions{%s,policy_type="sts"}%s)) > 0)' % (JD, SH, JD, SH), "A", "refused, by report day"),
        tgt('max(last_over_time(tlsrpt_verdict_refusal_ratio_upper{%s}[24h]))' % JD, "B", "upper bound over the window")],
       "The dashed threshold is the 1% limit.", unit="percentunit", interval="1d", mn=0, custom=dict(LINE, thresholdsStyle=dict(mode="dashed")), thresholds=thr((None, "green"), (0.01, "red"))),
    panel("bargauge", "Failures by result type", 0, 26, 8, 9, [tgt('sort_desc(sum by (result_type) (tlsrpt_window_failure_detail_sessions{%s}))' % JD, legend="{{result_type}}", instant=True)], "Sessions in failure-details in the window.",
          options=dict(orientation="horizontal", displayMode="gradient", valueMode="color", showUnfilled=True, minVizWidth=8, minVizHeight=10, maxVizHeight=300, namePlacement="auto", sizing="auto", reduceOptions=STAT["reduceOptions"], legend=dict(LEG["legend"], showLegend=False)), unit="short", mn=0, noValue="none"),
    panel("status-history", "Failure rate by reporter and report day", 8, 26, 16, 9, [tgt('sum by (reporter) (last_over_time(tlsrpt_day_reporter_failed_sessions{%s}%s)) / (sum by (reporter) (last_over_time(tlsrpt_day_reporter_sessions{%s}%s)) > 0)' % (JD, SH, JD, SH), legend="{{reporter}}")],
          "One reporter red: probably its own fault. All red: the fault is here. Gap: no report.", options=dict(rowHeight=0.9, showValue="never", colWidth=0.9, legend=LEG["legend"], tooltip=dict(mode="single", sort="none")), unit="percentunit", custom=dict(lineWidth=1, fillOpacity=70), thresholds=thr((None, "green"), (0.001, "yellow"), (0.01, "orange"), (0.5, "red")), interval="1d", timeFrom="30d"),
    panel("table", "Reporters in the window", 0, 35, 12, 9, [tgt('sum by (reporter) (tlsrpt_window_reporter_sessions{%s})' % JD, "sessions", instant=True, fmt="table"), tgt('sum by (reporter) (tlsrpt_window_reporter_failed_sessions{%s})' % JD, "failed", instant=True, fmt="table")],
          "The largest ten; _other is the rest.", options=dict(showHeader=True, cellHeight="sm"), custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False),
          transformations=[dict(id="joinByField", options=dict(byField="reporter", mode="outer")), dict(id="organize", options=dict(excludeByName={"Time": True, "Time 1": True, "Time 2": True}, renameByName={"reporter": "Reporter", "Value #sessions": "Sessions", "Value #failed": "Failed"}, indexByName={}))]),
    ts("Reporters by report day", 12, 35, 12, 9, [tgt('max(last_over_time(tlsrpt_day_reporters{%s}%s))' % (JD, SH), legend="reporters")], "A falling number means missing reports, not fewer problems.", custom=BARS, unit="short", interval="1d", mn=0),
    row("Who the verdict rests on", 44),
    stat("Reporters of standing", 0, 45, 6, 'max(tlsrpt_verdict_standing_reporters{%s})' % JD, "Reporters that count in full: known for four weeks with seven report days, or anchors. In a young domain less is asked.", thresholds=thr((None, "orange"), (2, "green"))),
    stat("Newcomers", 6, 45, 6, 'max(tlsrpt_verdict_newcomer_reporters{%s})' % JD, "Reporters that do not count in full yet: their failures are a reason to wait or a warning, their successes count for nothing.", options=dict(STAT, colorMode="value"), thresholds=thr((None, "text"))),
    stat("Accuse", 12, 45, 3, 'max(tlsrpt_verdict_accusing_reporters{%s})' % JD, "Under enforce: reporters of standing with at least 1% of their newest sessions refused.", noValue="not enforced", thresholds=thr((None, "green"), (1, "red"))),
    stat("Contradict", 15, 45, 3, 'max(tlsrpt_verdict_contradicting_reporters{%s})' % JD, "Under enforce: reporters of standing that see no such refusals. As many as accuse: a warning instead of a rollback.", noValue="not enforced", options=dict(STAT, colorMode="value"), thresholds=thr((None, "text"))),
    stat("Outside checks", 18, 45, 6, 'max by (probe) (tlsrpt_domain_probe{%s} == 1)' % JD, "What checks from outside amount to. They are optional.", unit="none", noValue="none", options=dict(STAT, textMode="name", colorMode="value")),
    panel("table", "Refusals of the newest days by reporter", 12, 49, 12, 7, [tgt('max by (reporter) (tlsrpt_refusing_reporter_refused_sessions{%s})' % JD, "refused", instant=True, fmt="table"), tgt('max by (reporter) (tlsrpt_refusing_reporter_sessions{%s})' % JD, "sessions", instant=True, fmt="table")],
          "Who reports refusals in the last settled days and since, of how many sessions; the largest ten.", options=dict(showHeader=True, cellHeight="sm"), custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False), noValue="none",
          transformations=[dict(id="joinByField", options=dict(byField="reporter", mode="outer")), dict(id="organize", options=dict(excludeByName={"Time": True, "Time 1": True, "Time 2": True}, renameByName={"reporter": "Reporter", "Value #refused": "Refused", "Value #sessions": "Sessions"}, indexByName={}))]),
    panel("table", "Reporters with a rhythm", 0, 49, 12, 7, [tgt('max by (reporter) (tlsrpt_reporter_silent{%s})' % JD, instant=True, fmt="table")],
          "Proved reporters that used to report on this domain, and whether they still do. The silent ones come first, at most as many as top_reporters.", unit="none", options=dict(showHeader=True, cellHeight="sm", sortBy=[dict(displayName="State", desc=True)]), custom=dict(align="auto", cellOptions=dict(type="auto"), inspect=False), noValue="none yet",
          transformations=[dict(id="organize", options=dict(excludeByName={"Time": True}, renameByName={"reporter": "Reporter", "Value": "State"}, indexByName={}))],
          overrides=[dict(matcher=dict(id="byName", options="State"), properties=[dict(id="mappings", value=[dict(type="value", options={"0": dict(text="reports", color="green", index=0), "1": dict(text="silent", color="orange", index=1)})]), dict(id="custom.cellOptions", value=dict(type="color-text"))])]),
]
health = [
    stat("Up", 0, 0, 3, 'min(up{%s})' % J, "Whether Prometheus can scrape the exporter.", mappings=[dict(type="value", options={"0": dict(text="down", color="red", index=0), "1": dict(text="up", color="green", index=1)})]),
    stat("Version", 3, 0, 4, 'max by (version) (tlsrpt_build_info{%s})' % J, "Version of the programs.", unit="none", options=dict(STAT, textMode="name", colorMode="value")),
    stat("Uptime", 7, 0, 3, 'time() - max(process_start_time_seconds{%s})' % J, "Time since the exporter started.", unit="dtdurations", options=dict(STAT, colorMode="value")),
    stat("Last report", 10, 0, 4, 'time() - max(tlsrpt_ingest_last_success_timestamp_seconds{%s} > 0)' % J, "Time since the last report on any channel. Reports arrive once a day: more than 36 hours is suspicious.", unit="dtdurations", thresholds=thr((None, "green"), (108000, "orange"), (129600, "red"))),
    stat("Collector heartbeat", 14, 0, 4, 'time() - max(tlsrpt_collector_heartbeat_timestamp_seconds{%s})' % J, "Time since the collector's last heartbeat, which is due every 15 seconds.", unit="dtdurations", thresholds=thr((None, "green"), (60, "orange"), (180, "red"))),
    stat("Queue", 18, 0, 3, 'sum(tlsrpt_collector_queue_length{%s})' % J, "Reports waiting to be stored.", thresholds=thr((None, "green"), (100, "orange"))),
    stat("Verdicts as of", 21, 0, 3, 'max(tlsrpt_window_end_timestamp_seconds{%s}) * 1000' % J, "End of the newest settled day.", unit="dateTimeAsIso", options=dict(STAT, colorMode="value")),
    ts("Inputs by outcome", 0, 4, 12, 8, [tgt('sum by (outcome) (increase(tlsrpt_ingest_inputs_total{%s}[1h]))' % J, legend="{{outcome}}")], "Per hour.", custom=BARS, unit="short", interval="1h", mn=0),
    ts("Refusals by reason", 12, 4, 12, 8, [tgt('sum by (reason) (increase(tlsrpt_ingest_refusals_total{%s}[1h]))' % J, legend="{{reason}}")], "Per hour.", custom=BARS, unit="short", interval="1h", mn=0),
    panel("heatmap", "Delay of reports", 0, 12, 12, 8, [tgt('sum by (le) (increase(tlsrpt_report_delay_seconds_bucket{%s}[1d]))' % J, legend="{{le}}", fmt="heatmap")], "Time from the end of the reported day to arrival. settle_hours (36) should be longer than nearly all delays.",
          options=dict(calculate=False, cellGap=1, color=dict(mode="scheme", scheme="Oranges", exponent=0.5, steps=64, reverse=False, fill="dark-orange", scale="exponential"), yAxis=dict(axisPlacement="left", reverse=False, unit="s"), rowsFrame=dict(layout="auto"), cellValues=dict(), filterValues=dict(le=1e-9), showValue="never", tooltip=dict(mode="single", yHistogram=False, showColorScale=False), legend=dict(show=True), exemplars=dict(color="rgba(255,0,255,0.7)")), custom=dict(scaleDistribution=dict(type="linear"), hideFrom=dict(legend=False, tooltip=False, viz=False)), interval="1d"),
    stat("Reports that arrived too late", 12, 12, 6, '1 - sum(tlsrpt_report_delay_seconds_bucket{%s,le="129600.0"}) / sum(tlsrpt_report_delay_seconds_count{%s})' % (J, J), "Share of all reports that arrived more than 36 hours after their day. Above 5%: increase settle_hours.", unit="percentunit", thresholds=thr((None, "green"), (0.05, "orange"))),
    stat("95% arrive within", 18, 12, 6, 'histogram_quantile(0.95, sum by (le) (tlsrpt_report_delay_seconds_bucket{%s}))' % J, "95th percentile of the delay, since the counters began.", unit="dtdurations", options=dict(STAT, colorMode="value")),
    ts("Deferred because of local errors", 12, 16, 12, 8, [tgt('sum by (cause) (increase(tlsrpt_ingest_deferred_total{%s}[1h]))' % J, legend="{{cause}}")], "Per hour. The sender was asked to retry.", custom=BARS, unit="short", interval="1h", mn=0),
    ts("Database", 0, 20, 12, 8, [tgt('max(tlsrpt_database_size_bytes{%s})' % J, "A", "database"), tgt('max(tlsrpt_database_wal_size_bytes{%s})' % J, "B", "write-ahead log")], "Sizes on disk.", unit="bytes", mn=0),
    ts("Exposition", 12, 24, 12, 8, [tgt('max by (collector) (tlsrpt_scrape_collector_duration_seconds{%s})' % J, "A", "{{collector}}"), tgt('max(scrape_duration_seconds{%s})' % J, "B", "whole scrape")], "Duration of an exposition.", unit="s", mn=0),
    ts("Process", 0, 28, 12, 8, [tgt('max(process_resident_memory_bytes{%s})' % J, "A", "exporter"), tgt('max(tlsrpt_collector_process_resident_memory_bytes{%s})' % J, "B", "collector")], "Resident memory.", unit="bytes", mn=0),
    stat("Domains exported / known", 12, 32, 6, 'sum(tlsrpt_exported_domains{%s}) / sum(tlsrpt_known_domains{%s})' % (J, J), "Below 100%: the limit on exported domains is reached.", unit="percentunit", thresholds=thr((None, "orange"), (1, "green"))),
    stat("Database errors per day", 18, 32, 6, 'sum(increase(tlsrpt_database_errors_total{%s}[1d]))' % J, "Failed database operations.", thresholds=thr((None, "green"), (1, "red"))),
    ts("Ledger of refused inputs", 0, 36, 12, 7, [tgt('sum by (class) (tlsrpt_ledger_bytes{%s})' % J, legend="{{class}}")], "Size of the refused and ignored inputs that are kept, by class; each class has a limit of its own.", unit="bytes", mn=0),
    stat("Certificate expires in", 12, 36, 6, 'min(tlsrpt_tls_certificate_not_after_timestamp_seconds{%s} > 0) - time()' % J, "The HTTPS certificate of the collector that expires first.", unit="dtdurations", thresholds=thr((None, "red"), (86400 * 7, "orange"), (86400 * 14, "green")), noValue="none"),
    stat("Anonymous reports", 18, 36, 6, 'max(tlsrpt_database_anonymous_bytes{%s})' % J, "Space in the store for reports whose sender is not proved; the limit is anonymous_bytes.", unit="bytes", options=dict(STAT, colorMode="value")),
    ts("HTTP requests", 0, 43, 24, 7, [tgt('sum by (handler, code) (increase(tlsrpt_http_requests_total{%s}[1h]))' % J, "A", "exporter {{handler}} {{code}}"), tgt('sum by (handler, code) (increase(tlsrpt_collector_http_requests_total{%s}[1h]))' % J, "B", "collector {{handler}} {{code}}")], "Per hour.", custom=BARS, unit="short", interval="1h", mn=0),
    ts("Time since the last successful poll", 0, 50, 8, 7, [tgt('time() - max by (mailbox) (tlsrpt_mailbox_last_success_timestamp_seconds{%s} > 0)' % J, legend="{{mailbox}}")], "Per mailbox. Six hours with failed polls raise an alert.", unit="s", mn=0),
    ts("Failed polls of mailboxes", 8, 50, 8, 7, [tgt('sum by (mailbox) (increase(tlsrpt_mailbox_poll_failures_total{%s}[1h]))' % J, legend="{{mailbox}}")], "Per hour. The log shows the reason.", custom=BARS, unit="short", interval="1h", mn=0),
    ts("Messages left in mailboxes", 16, 50, 8, 7, [tgt('max by (mailbox) (tlsrpt_mailbox_pending_messages{%s})' % J, legend="{{mailbox}}")], "Messages that the last successful poll left to be retried.", unit="short", mn=0),
    ts("Bad responses of mail servers", 0, 64, 12, 7, [tgt('sum by (mailbox, reply) (increase(tlsrpt_mailbox_bad_replies_total{%s}[1h]))' % J, legend="{{mailbox}} {{reply}}")], "Per hour: responses that ended a poll or deferred a message. The log shows the response.", custom=BARS, unit="short", interval="1h", mn=0),
    ts("Messages not marked or given up", 12, 64, 12, 7, [tgt('max by (mailbox) (tlsrpt_mailbox_unmarked_messages{%s})' % J, "A", "{{mailbox}}: not marked"), tgt('max by (mailbox) (tlsrpt_mailbox_given_up_messages{%s})' % J, "B", "{{mailbox}}: given up")], "Not marked: the report is stored, but the server refuses `after`. Given up: the server does not deliver the message although it delivers others.", unit="short", mn=0),
    ts("Mail authentication results", 0, 57, 8, 7, [tgt('sum by (result) (increase(tlsrpt_mail_authentications_total{%s}[1h]))' % J, legend="{{result}}")], "Reports received by mail, per hour, by authentication result. Only reports that pass are evidence.", custom=BARS, unit="short", interval="1h", mn=0),
    ts("Rejected because of a limit", 8, 57, 10, 7, [tgt('sum by (limit) (increase(tlsrpt_collector_http_limited_total{%s}[1h]))' % J, "A", "{{limit}}"), tgt('sum(increase(tlsrpt_collector_http_timeouts_total{%s}[1h]))' % J, "B", "too slow")], "Connections and requests per hour. Reporters retry; a client that always reaches a limit is flooding, or the limit is too low.", custom=BARS, unit="short", interval="1h", mn=0),
    stat("Mail worker crashes per day", 18, 57, 6, 'sum(increase(tlsrpt_mail_child_deaths_total{%s}[1d]))' % J, "Mail workers that crashed. A message that crashes a worker twice is kept in the ledger.", thresholds=thr((None, "green"), (1, "orange"))),
]
V = [var_ds(), var_q("job", "Job", "label_values(tlsrpt_build_info, job)", multi=True, all=True)]
VD = V + [var_q("domain", "Domain", 'label_values(tlsrpt_domain_verdict_code{job=~"$job"}, domain)'), dict(name="policy_type", type="custom", label="Policy type", query="sts,tlsa,no-policy-found", current=dict(selected=True, text="sts", value="sts"), hide=0, includeAll=False, multi=False, skipUrlSync=False, options=[dict(text=t, value=t, selected=t == "sts") for t in ("sts", "tlsa", "no-policy-found")])]
ANN = [dict(name="Verdict changed", datasource=DS, enable=True, hide=False, iconColor="blue", expr='max by (domain) (last_over_time(tlsrpt_verdict_since_timestamp_seconds{%s}[24h])) * 1000' % JD, titleFormat="verdict changed", textFormat="{{domain}}", useValueForTime="on", step="1d"),
       dict(name="Policy changed", datasource=DS, enable=True, hide=False, iconColor="purple", expr='max by (domain) (last_over_time(tlsrpt_domain_policy_since_timestamp_seconds{%s}[24h])) * 1000' % JD, titleFormat="mx patterns changed", textFormat="{{domain}}", useValueForTime="on", step="1d")]
D = dict(fleet=dash("tlsrpt-fleet", "TLSRPT / Fleet", "All policy domains: which can enforce, which cannot, which are at risk.", fleet, V),
         domain=dash("tlsrpt-domain", "TLSRPT / Domain", "One domain: can I enforce?", one, VD, ANN),
         collector=dash("tlsrpt-collector", "TLSRPT / Collector", "Health of the collector and the exporter.", health, V, time_from="now-7d"))
os.makedirs(FOLDER, exist_ok=True)
for name, dashboard in D.items():
    with open(os.path.join(FOLDER, "tlsrpt-%s.json" % name), "w") as f:
        json.dump(dashboard, f, indent=2)
        f.write("\n")
