#!/usr/bin/env python3
"""Random reports by every way at once, signed, unsigned, tampered with and forged, and the collector killed in between.
What the store says afterwards is what a count says that knows nothing of it; what was answered is in the store or in
the ledger.

TLSRPT_SEED=N repeats one corpus."""
import collections, hashlib, random
from mail import *

NONE, ANONYMOUS, _, DKIM, DISPLACED = range(5)
REPORTERS = ("sender.example", "other.example")
# Ours, ours later, and never.
OURS, LATER, FOREIGN = "example.org", "late.example", "foreign.example"
TYPES = {"tlsa": 0, "sts": 1, "no-policy-found": 2}
SIGNED_FIELDS = (b"From", b"To", b"Subject", b"TLS-Report-Domain", b"TLS-Report-Submitter", b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding")
WAYS = ("https", "https", "import", "import-mail", "maildir", "maildir", "submit")
DOCUMENTS, ROUNDS = 40, 3


def records(keys):
    return {f"sel._domainkey.{domain}": f"v=DKIM1; k=rsa; p={keys.public()}" for domain in REPORTERS}


class Document:
    """A report, and what it may add to the sums; a forged one has the key of another and other numbers."""

    def __init__(self, rng, number, forged=None):
        self.forged = forged is not None
        self.reporter = forged.reporter if forged else rng.choice(REPORTERS)
        self.home = forged.home if forged else rng.choice((OURS, OURS, OURS, LATER))
        self.when = forged.when if forged else rng.randint(-6, -2)
        self.id = forged.id if forged else f"id-{number}"
        self.trust = None  # the best that it came with
        self.domains = forged.domains if forged else [self.home] + [rng.choice((self.home, FOREIGN)) for _ in range(rng.randint(0, 2))]
        elements = [self.element(rng, domain) for domain in self.domains]
        if forged:
            elements[0]["summary"]["total-successful-session-count"] += 7777
        self.sums = collections.Counter()
        for element in elements:
            if element["policy"]["policy-domain"] == self.home:
                place = TYPES[element["policy"]["policy-type"]]
                self.sums[place, "successes"] += element["summary"]["total-successful-session-count"]
                self.sums[place, "failures"] += element["summary"]["total-failure-session-count"]
        self.json = json.dumps({**report(id=self.id, when=self.when, contact="tlsrpt@" + self.reporter), "policies": elements}).encode()

    def standing(self):
        """What proves nothing does not count, and so is not displaced either."""
        return DISPLACED if self.forged and self.trust > NONE else self.trust

    @staticmethod
    def element(rng, domain):
        failures = rng.choice((0, 0, rng.randint(1, 50)))
        element = {"policy": {"policy-type": rng.choice(list(TYPES)), "policy-domain": domain},
                   "summary": {"total-successful-session-count": rng.choice((0, rng.randint(1, 1000))), "total-failure-session-count": failures}}
        if failures:
            element["failure-details"] = [{"result-type": rng.choice(("certificate-expired", "starttls-not-supported")), "failed-session-count": failures}]
        return element


def mail_of(rng, s, document):
    """A mail of any of the shapes in use, and the trust that it deserves."""
    body = document.json if rng.random() < 0.5 else gzip.compress(document.json, mtime=0)
    data = message(document.id, domain=document.home, sender=document.reporter, body=body)
    shape = rng.randrange(4)
    if shape == 1:  # a single piece
        head, _, rest = data.partition(b"\r\n\r\n")
        coded = rest.split(b"\r\n\r\n")[2].partition(b"\r\n--limit--")[0]
        head = re.sub(rb"Content-Type: .*", b"Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64", head)
        data = head + b"\r\n\r\n" + coded.strip() + b"\r\n"
    elif shape == 2:  # in another multipart
        head, _, rest = data.partition(b"\r\n\r\n")
        head = re.sub(rb"Content-Type: .*", b'Content-Type: multipart/mixed; boundary="outer"', head)
        data = head + b'\r\n\r\n--outer\r\nContent-Type: multipart/report; report-type=tlsrpt; boundary="limit"\r\n\r\n' + rest + b"\r\n--outer--\r\n"
    elif shape == 3:  # without the last boundary
        data = data.replace(b"\r\n--limit--\r\n", b"\r\n--limit\r\n")
    domain, other = document.reporter.encode(), REPORTERS[document.reporter == REPORTERS[0]].encode()
    kind = rng.randrange(4) if not document.forged else 3
    if kind == 0:
        return s.keys.sign(data, domain=domain, headers=SIGNED_FIELDS), DKIM
    if kind == 1:  # by somebody else
        return s.keys.sign(data, domain=other, headers=SIGNED_FIELDS), NONE
    if kind == 2:  # tampered with
        return s.keys.sign(data, domain=domain, headers=SIGNED_FIELDS).replace(b"Subject: Report ", b"Subject: A report "), NONE
    return data, NONE


class World(MailSetup):
    def __init__(self, rng):
        super().__init__(dovecot=False, records=records)
        self.rng = rng
        if not self.user:
            raise Skip("needs root for users with other rights")
        self.box = self.path("box")
        for sub in ("", "cur", "new", "tmp"):
            os.mkdir(os.path.join(self.box, sub))
        os.mkdir(self.path("run"))
        self.domains(OURS)
        self.own()
        self.answered = {}  # the bytes that came, and the document
        self.waiting = []   # put into the Maildir
        self.documents = []

    def domains(self, *names):
        self.config(common=f"domains = {', '.join(names)}\n",
                    collector=f"submit = {self.path('run/submit')}\nrate_per_minute = 0\n[mail]\ndns_servers = 127.0.0.1@{self.dns.port}\ndnssec = no\n"
                    + mailbox_section("box", type="maildir", path=self.box, after="delete", failed="move:Failed", interval="1s"))

    def note(self, document, trust):
        self.answered[document.json] = document
        document.trust = max(trust, -1 if document.trust is None else document.trust)

    def deliver(self, document, way):
        if way == "https":
            plain = self.rng.random() < 0.5
            status, text = self.post(document.json if plain else gzip.compress(document.json), {"Content-Type": "application/tlsrpt+" + ("json" if plain else "gzip")})
            assert status in (200, 201), (status, text)
            self.note(document, ANONYMOUS)
        elif way == "import":
            code, out, err = self.run("collector", "import", "--keep", "-", stdin=self.rng.choice((document.json, gzip.compress(document.json))))
            assert code == 0, (code, out, err)
            self.note(document, ANONYMOUS)
        else:
            data, trust = mail_of(self.rng, self, document)
            if way == "maildir":
                put_in_maildir(self.box, data)
                self.waiting.append((document, trust))
                return
            if way == "submit":
                done = subprocess.run(self.as_user([self.path("collector"), "-c", self.path("tlsrpt.conf"), "submit"]), input=data, capture_output=True)
                code, out, err = done.returncode, done.stdout, done.stderr
                assert out.startswith((b"stored", b"duplicate", b"conflict", b"refused")), (code, out, err)
            else:
                code, out, err = self.run("collector", "import", "--keep", "-", stdin=data)
            assert code == 0, (code, out, err)
            self.note(document, trust)

    def settle(self):
        """Until the mailbox is empty."""
        until = time.time() + 120
        while maildir_files(self.box):
            assert time.time() < until, self.log("collector")[-2000:]
            time.sleep(0.1)
        for document, trust in self.waiting:
            self.note(document, trust)
        self.waiting = []

    def restart(self, how):
        self.stop("collector", how)
        self.start("collector")

    # What has to hold.

    def check_answered(self):
        # A report has the first half of its digest.
        found = {row[0] for row in self.rows("SELECT digest FROM report")} | {hashlib.sha256(unpacked(row[0])).digest()[:16] for row in self.rows("SELECT data FROM ledger")}
        lost = [document.id for data, document in self.answered.items() if hashlib.sha256(data).digest()[:16] not in found]
        assert not lost, lost

    def wanted(self, *ours):
        sums = collections.Counter()
        for document in self.documents:
            if document.trust is None or document.home not in ours:
                continue
            for (policy_type, what), value in document.sums.items():
                sums[document.standing(), document.when, document.home, policy_type, what] += value
        return +sums

    def sums(self):
        today = int(time.time()) // DAY
        found = collections.Counter()
        for standing, when, name, policy_type, successes, failures in self.rows(
                "SELECT count_as, day, name, policy_type, successes, failures FROM day_sum JOIN domain ON domain.id = domain_id"):
            found[standing, when - today, name, policy_type, "successes"] += successes
            found[standing, when - today, name, policy_type, "failures"] += failures
        return +found

    def check_sums(self, *ours):
        found, wanted = self.sums(), self.wanted(*ours)
        assert found == wanted, {k: (found[k], wanted[k]) for k in found.keys() | wanted.keys() if found[k] != wanted[k]}

    def check_whole(self, *ours):
        self.check_answered()
        self.check_sums(*ours)
        for option in ((), ("--repair",)):
            code, out, err = self.run("collector", *option, "check-store")
            assert code == 0, (code, out, err)
            self.check_sums(*ours)


def unpacked(data):
    """The JSON of what the ledger has; what is none, as it is."""
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def make(rng):
    """Documents and their deliveries, in any order. What is forged has an original that comes signed."""
    documents, deliveries = [], []
    for number in range(DOCUMENTS):
        document = Document(rng, number)
        documents.append(document)
        deliveries += [(document, rng.choice(WAYS)) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.2:
            documents.append(Document(rng, number, forged=document))
            deliveries += [(documents[-1], rng.choice(WAYS)) for _ in range(rng.randint(1, 2))]
    rng.shuffle(deliveries)
    return documents, deliveries


def try_corpus(seed):
    print(f"TLSRPT_SEED={seed}", flush=True)
    rng = random.Random(seed)
    with contextlib.closing(World(rng)) as s:
        s.documents, deliveries = make(rng)
        s.start("collector")
        kills = set(rng.sample(range(len(deliveries)), 3))
        for i, (document, way) in enumerate(deliveries):
            s.deliver(document, way)
            if i in kills:
                s.restart(rng.choice((signal.SIGKILL, signal.SIGTERM)))
                s.check_answered()
        s.settle()
        # A forged one loses to a signed one, whenever that comes.
        for forged in filter(lambda d: d.forged, s.documents):
            original = next(d for d in s.documents if d.id == forged.id and not d.forged)
            if original.trust != DKIM:
                data = s.keys.sign(message(original.id, domain=original.home, sender=original.reporter, body=original.json), domain=original.reporter.encode())
                code, out, err = s.run("collector", "import", "--keep", "-", stdin=data)
                assert code == 0, (code, out, err)
                s.note(original, DKIM)
        s.check_whole(OURS)
        # What was nobody's is ours now, and counts as it would have from the start.
        s.domains(OURS, LATER)
        s.restart(signal.SIGTERM)
        code, out, err = s.run("collector", "reparse")
        assert code == 0, (code, out, err)
        assert s.sql("SELECT count(*) FROM ledger") == 0, s.run("collector", "refused")[1]
        s.check_whole(OURS, LATER)
        # Once more, perhaps by another way.
        for document, _ in rng.sample(deliveries, len(deliveries) // 4):
            s.deliver(document, rng.choice(WAYS))
        s.settle()
        s.check_whole(OURS, LATER)
        s.stop("collector")


def test_every_corpus_adds_up():
    seed = os.environ.get("TLSRPT_SEED")
    for number in [int(seed)] if seed else range(1, 1 + (50 if LONG else ROUNDS)):
        try_corpus(number)


if __name__ == "__main__":
    main()
