#!/usr/bin/env python3
"""Fills a store with a fleet: DOMAINS domains, each with two reporters and DAYS days of sums that end yesterday.

Usage: fleet.py STORE DOMAINS [DAYS]

The store must be there (tlsrpt-collector makes it). Only what the exporter reads is written: domains, reporters, policies
and sums, no reports. One domain in 50 has refusals, one in 20 is enforced, one in 10 hears from nobody any more."""
import sqlite3
import sys
import time

SQL = """
INSERT INTO reporter (id, name, first_received, first_proved) VALUES (1, 'google.com', 1, 1), (2, 'microsoft.com', 1, 1);
WITH RECURSIVE d(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM d WHERE id < :domains)
INSERT INTO domain (id, name, admitted, last_end, last_received) SELECT id, printf('d%06d.example', id), 1, :today * 86400, :today * 86400 FROM d;
INSERT INTO policy_text (id, domain_id, policy_string, mx_host, last_day, hash, first_day, first_proved)
SELECT id, id, 'version: STSv1' || char(10) || 'mode: ' || iif(id % 20 = 0, 'enforce', 'testing') || char(10) || 'mx: mx1.' || name || char(10) || 'max_age: 86400',
'', :today, id, :today - :days, :today - :days FROM domain;
INSERT INTO series SELECT id, 1, -1, :today FROM domain;
WITH RECURSIVE t(day) AS (SELECT :today - :days UNION ALL SELECT day + 1 FROM t WHERE day + 1 < :today)
INSERT INTO day_sum SELECT day, domain.id, 1, reporter.id, 3, domain.id, day + 1, 1, 20 + domain.id % 200, iif(domain.id % 50 = 0, 2, 0),
20 + domain.id % 200 + iif(domain.id % 50 = 0, 2, 0), iif(domain.id % 50 = 0, 2, 0), 0, 0, 0, iif(domain.id % 50 = 0, 2, 0), 0, 0, 0, 0, 1, 0
FROM t CROSS JOIN domain CROSS JOIN reporter WHERE domain.id % 10 <> 0 OR day < :today - 20 ORDER BY day, domain.id, reporter.id;
INSERT INTO usage (name, rows, bytes) VALUES ('admitted', :domains, 0) ON CONFLICT DO UPDATE SET rows = :domains;
"""


def main():
    path, domains = sys.argv[1], int(sys.argv[2])
    days = int(sys.argv[3]) if len(sys.argv) > 3 else 90
    values = {"domains": domains, "days": days, "today": int(time.time()) // 86400}
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -200000")
    db.execute("BEGIN")
    for statement in SQL.split(";\n"):
        if statement.strip():
            wanted = {key: value for key, value in values.items() if ":" + key in statement}
            db.execute(statement, wanted)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(f"{domains} domains, {db.execute('SELECT count(*) FROM day_sum').fetchone()[0]} sums")


if __name__ == "__main__":
    main()
