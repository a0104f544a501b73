#!/usr/bin/env python3
"""Makes reports to measure with: corpus.py OUT.pack COUNT [--mix B|S] [--domains N] [--seed N] [--days N]

A pack is repeated [u32le gzip length][u32le plain length][gzip bytes], in the order of days, the last of which is three days ago.
Mix S has one policy and no failures. Mix B is S for 80 %, 15 % with 1 to 5 failure details, 5 % with 5 to 50 policies or
details. Reporters and domains are drawn with the weights of a few large and many small ones; names are invented."""
import argparse, bisect, datetime, ipaddress, json, random, struct, zlib

REPORTERS = [("Large One Inc.", "tls-reporting@large-one.example", 34), ("Large Two Corporation", "tlsrpt@large-two.example", 32), ("Third", "tlsrpt@third.example", 10),
             ("Fourth", "tls@corp.fourth.example", 8), ("Fifth Ltd", "tlsrpt@fifth.example", 6), ("Sixth e.V.", "postmaster@sixth.example", 5), ("Seventh", "tls@seventh.example", 5)]
RESULTS = ["starttls-not-supported", "certificate-host-mismatch", "certificate-expired", "certificate-not-trusted", "validation-failure", "sts-policy-fetch-error", "sts-webpki-invalid"]
REASONS = ["X509_V_ERR_CERT_HAS_EXPIRED", "hostname mismatch", "STARTTLS not offered by server", "TLS handshake timeout", "certificate signed by unknown authority"]


class Corpus:
    def __init__(self, domains, seed):
        self.random = random.Random(seed)
        self.domains = ["%s%d.bench.example" % (self.random.choice(["mail", "shop", "club", "hotel", "north", "river"]), i) for i in range(domains)]
        total, self.cumulated = 0.0, []
        for i in range(domains):
            total += 1.0 / (i + 1)
            self.cumulated.append(total)

    def domain(self):
        return min(bisect.bisect_left(self.cumulated, self.random.random() * self.cumulated[-1]), len(self.domains) - 1)

    def address(self):
        if self.random.random() < 0.2:
            return str(ipaddress.IPv6Address((0x20010db8 << 96) | self.random.getrandbits(64)))
        return "198.51.%d.%d" % (self.random.randrange(256), self.random.randrange(256))

    def detail(self, domain, count):
        d = {"result-type": self.random.choice(RESULTS), "sending-mta-ip": self.address(), "receiving-mx-hostname": "mx%d.%s" % (self.random.randint(1, 2), self.domains[domain])}
        if self.random.random() < 0.8:
            d["receiving-ip"] = self.address()
        d["failed-session-count"] = count
        if self.random.random() < 0.4:
            d["failure-reason-code"] = self.random.choice(REASONS)
        return d

    def policy(self, domain, details):
        name = self.domains[domain]
        mx = ["mx1." + name, "mx2." + name]
        counts = [1 + int(self.random.expovariate(0.5)) for _ in range(details)]
        p = {"policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"] + ["mx: " + m for m in mx] + ["max_age: 604800"], "policy-domain": name, "mx-host": mx},
             "summary": {"total-successful-session-count": int(self.random.lognormvariate(2.5, 1.6)) + 1, "total-failure-session-count": sum(counts)}}
        if details:
            p["failure-details"] = [self.detail(domain, c) for c in counts]
        return p

    def report(self, number, day, mix):
        organization, contact, _ = self.random.choices(REPORTERS, [r[2] for r in REPORTERS])[0]
        domain, kind = self.domain(), self.random.random() if mix == "B" else 0
        if kind < 0.8:
            policies = [self.policy(domain, 0)]
        elif kind < 0.95:
            policies = [self.policy(domain, self.random.randint(1, 5))]
        elif self.random.random() < 0.5:
            policies = [self.policy(self.domain(), 1 if self.random.random() < 0.2 else 0) for _ in range(self.random.randint(5, 50))]
        else:
            policies = [self.policy(domain, self.random.randint(5, 50))]
        return {"organization-name": organization, "date-range": {"start-datetime": day + "T00:00:00Z", "end-datetime": day + "T23:59:59Z"}, "contact-info": contact,
                "report-id": "%sT00:00:00Z_%s_%d" % (day, self.domains[domain], number), "policies": policies}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out")
    ap.add_argument("count", type=int)
    ap.add_argument("--mix", choices="BS", default="B")
    ap.add_argument("--domains", type=int, default=10000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--days", type=int, default=90)
    a = ap.parse_args()
    corpus = Corpus(a.domains, a.seed)
    last = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=3)
    plain = packed = 0
    with open(a.out, "wb") as out:
        for i in range(a.count):
            day = last - datetime.timedelta(days=a.days - 1 - i * a.days // a.count)
            text = json.dumps(corpus.report(i, day.isoformat(), a.mix), separators=(",", ":")).encode()
            z = zlib.compressobj(6, zlib.DEFLATED, 31)
            body = z.compress(text) + z.flush()
            out.write(struct.pack("<II", len(body), len(text)) + body)
            plain, packed = plain + len(text), packed + len(body)
    print(f"{a.out}: {a.count} reports, {plain / a.count:.0f} bytes of JSON and {packed / a.count:.0f} of gzip each")


main()
