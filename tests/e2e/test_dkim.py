#!/usr/bin/env python3
"""Who sent a report by mail: messages signed with dkimpy, keys served by a DNS server of our own, taken in by
`import`, by a mail pipe, and from a mailbox that swaks delivers to."""
from mail import *

WEEK = 7 * DAY


def records(keys):
    keys.make("short", 512)
    p = keys.public()
    selectors = {"sel": f"v=DKIM1; k=rsa; p={p}", "tls": f"v=DKIM1; k=rsa; s=tlsrpt; p={p}", "both": f"v=DKIM1; s=email:tlsrpt; p={p}", "star": f"v=DKIM1; s=*; p={p}",
                 "mail": f"v=DKIM1; s=email; p={p}", "revoked": "v=DKIM1; p=", "testing": f"v=DKIM1; t=y; p={p}", "short": f"v=DKIM1; p={keys.public('short')}"}
    found = {f"{selector}._domainkey.{domain}": text for selector, text in selectors.items() for domain in ("sender.example", "sub.sender.example", "other.example", "mail.ru")}
    found["ed._domainkey.sender.example"] = f"v=DKIM1; k=ed25519; p={ed25519(keys)[1]}"
    return found


def ed25519(keys):
    """Seed and public key in base64."""
    path = os.path.join(keys.folder, "ed.pem")
    if not os.path.exists(path):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    der = [subprocess.run(["openssl", "pkey", "-in", path, *more, "-outform", "DER"], check=True, capture_output=True).stdout[-32:] for more in ([], ["-pubout"])]
    return base64.b64encode(der[0]).decode(), base64.b64encode(der[1]).decode()


def verdict(s, data, *more):
    """What import prints of a message: outcome, authentication and signer, flags."""
    code, out, err = s.run("collector", "import", *more, "-", stdin=data)
    found = re.match(r"-: ([a-z ,]+?)(?: \([a-z_]+\))?, dkim ([a-z_]+)(?: \(([a-z.]+)\))?(.*)", out)
    assert found, (code, out, err)
    return found[1], found[2], found[3], found[4]


def trust(s, id):
    return s.sql(f"SELECT trust FROM report WHERE report_id = '{id}'"), s.sql(f"SELECT name FROM reporter JOIN report ON reporter.id = reporter_id WHERE report_id = '{id}'")


NONE, ANONYMOUS, AUTHSERV, DKIM = range(4)


def test_signatures():
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes()
        sign, now = s.keys.sign, time.time()

        def case(id, data, result, signer=None, level=NONE):
            got = verdict(s, data)
            assert got[:3] == ("stored", result, signer), (id, got)
            assert trust(s, id)[0] == level, (id, trust(s, id))

        case("good", sign(message("good")), "pass", "sender.example", DKIM)
        assert trust(s, "good") == (DKIM, "sender.example")
        for selector in (b"tls", b"both", b"star"):
            id = selector.decode()
            case(id, sign(message(id), selector), "pass", "sender.example", DKIM)
        case("mail", sign(message("mail"), b"mail"), "service")
        case("unsigned", message("unsigned"), "unsigned")
        # The body's content, then a field that is signed.
        case("tampered-body", sign(message("tampered-body")).replace(b"A report on TLS.", b"A report on SSL."), "failed")
        case("tampered-head", sign(message("tampered-head")).replace(b"Subject: Report", b"Subject: Reports"), "failed")
        case("no-key", sign(message("no-key"), b"nokey"), "key_missing")
        case("revoked", sign(message("revoked"), b"revoked"), "key_missing")
        case("testing", sign(message("testing"), b"testing"), "testing")
        case("length", sign(message("length"), length=True) + b"appended\r\n", "length_limited")
        # Of somebody else: valid, but not for this reporter.
        case("unaligned", sign(message("unaligned"), domain=b"other.example"), "unaligned")
        # Of a parent or a sister domain: the same registrable one.
        case("subdomain", sign(message("subdomain"), domain=b"sub.sender.example"), "pass", "sub.sender.example", DKIM)
        # contact-info of one, signature of the mail's own From: keyed and named by who signs.
        case("foreign-contact", sign(message("foreign-contact", contact="tlsrpt@google.com")), "pass", "sender.example", DKIM)
        # Two signatures, the first is no good.
        case("second", sign(sign(message("second")), b"nokey"), "pass", "sender.example", DKIM)
        # It expired before it came; and after it had come.
        x = s.keys.dkim
        late = sign_expiring(s.keys, message("expired", received=now), now - 3 * DAY, now - DAY)
        case("expired", late, "expired")
        early = sign_expiring(s.keys, message("in-time", received=now - 2 * DAY), now - 3 * DAY, now - DAY)
        case("in-time", early, "pass", "sender.example", DKIM)
        # A key that is gone from the DNS says nothing of old mail.
        case("gone", sign(message("gone", received=now - 20 * DAY), b"nokey"), "key_gone", None, ANONYMOUS)
        # Anybody gets a mailbox there.
        case("shared", sign(message("shared", sender="mail.ru"), domain=b"mail.ru"), "shared_signer")
        # Weak ones never count.
        case("weak", sign(message("weak"), b"short", key=open(s.path("short.key"), "rb").read()), "weak")
        # RFC 8463; dkimpy runs under Debian's Python, whose library of keys is compiled for it.
        edkey = sign_ed25519(s, message("ed25519"))
        if edkey:
            case("ed25519", edkey, "pass", "sender.example", DKIM)
        # LF only, as a Maildir has it.
        case("lf", sign(message("lf")).replace(b"\r\n", b"\n"), "pass", "sender.example", DKIM)
        # Many signatures: few are looked at.
        many = message("many")
        for _ in range(10):
            many = sign(many, b"nokey")
        case("many", many, "key_missing")
        code, out, _ = s.run("collector", "reports")
        assert code == 0 and re.search(r"import  dkim +pass .* sender\.example +example\.org +good", out), out
        assert re.search(r"import  none +unaligned .* unaligned", out) and re.search(r"import  anonymous +key_gone ", out), out
        assert len(s.run("collector", "reports", "other.example")[1].splitlines()) == 1
        counted = dict(s.rows("SELECT first, value FROM counter WHERE name = 'mail_authentications'"))
        assert counted["pass"] == 9 + bool(edkey) and counted["unaligned"] == 1 and counted["expired"] == 1, counted


def sign_ed25519(s, data):
    code = ("import sys, dkim; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(dkim.sign(data, b'ed', b'sender.example', sys.argv[1].encode(), "
            "include_headers=[b'From', b'Subject'], signature_algorithm=b'ed25519-sha256') + data)")
    done = subprocess.run(["/usr/bin/python3", "-c", code, ed25519(s.keys)[0]], input=data, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def sign_expiring(keys, data, begins, ends):
    """dkimpy has no x=: its time is moved, and the tag is put in."""
    import dkim
    real_time, real_sign = time.time, dkim.DKIM.gen_header
    try:
        dkim.time.time = lambda: begins

        def gen_header(self, fields, *a, **k):
            if not any(name == b"x" for name, _ in fields):
                fields.insert(-1, (b"x", str(int(ends)).encode()))
            return real_sign(self, fields, *a, **k)

        dkim.DKIM.gen_header = gen_header
        return keys.sign(data)
    finally:
        dkim.time.time, dkim.DKIM.gen_header = real_time, real_sign


def test_options_change_what_counts():
    with mail_setup(dovecot=False, records=records) as s:
        sign = s.keys.sign
        s.mailboxes(mail="require_dkim = no\n")
        assert verdict(s, message("unsigned"))[1] == "unsigned" and trust(s, "unsigned")[0] == ANONYMOUS
        s.mailboxes(mail="require_tlsrpt_key = yes\n")
        assert verdict(s, sign(message("general")))[1] == "service"
        assert verdict(s, sign(message("special"), b"tls"))[1] == "pass"
        s.mailboxes(mail="[reporters]\naddresses = tlsrpt@mail.ru\n")
        assert verdict(s, sign(message("listed", sender="mail.ru"), domain=b"mail.ru"))[1:3] == ("pass", "mail.ru")
        # The address must be the one that is signed for.
        assert verdict(s, sign(message("forged", sender="mail.ru").replace(b"tlsrpt@mail.ru>\r\nTo", b"other@mail.ru>\r\nTo"), domain=b"mail.ru"))[1] == "shared_signer"


def test_our_own_server_vouches():
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes(mail="trusted_authserv_id = mx.example.org\n")
        good = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=x.example; dkim=pass (2048-bit key; a comment) header.d=sender.example header.s=sel\r\n"

        def case(id, headers, result, level):
            data = headers.encode() + message(id)
            assert verdict(s, data)[1] == result and trust(s, id)[0] == level, (id, verdict(s, data), trust(s, id))

        case("good", good, "authserv", AUTHSERV)
        assert trust(s, "good")[1] == "sender.example"
        case("other-id", good.replace("mx.example.org", "evil.example"), "unsigned", NONE)
        # What stands below ours came with the message.
        case("forged-below", "Authentication-Results: mx.example.org; dkim=none\r\n" + good, "unsigned", NONE)
        case("fail", good.replace("dkim=pass", "dkim=fail"), "unsigned", NONE)
        case("unaligned", good.replace("header.d=sender.example", "header.d=other.example"), "unsigned", NONE)
        case("in-a-comment", good.replace("dkim=pass", "x=y (; dkim=pass header.d=sender.example )"), "unsigned", NONE)
        case("quoted", 'Authentication-Results: mx.example.org; reason="; dkim=pass header.d=sender.example;"\r\n', "unsigned", NONE)
        case("by-identity", good.replace("header.d=sender.example", "header.i=@sender.example"), "authserv", AUTHSERV)
        case("folded", good.replace("; dkim", ";\r\n\tdkim"), "authserv", AUTHSERV)
        case("shared", good.replace("sender.example", "mail.ru").encode().decode(), "unsigned", NONE)


def test_hints_fill_what_is_missing():
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes(common="domains = example.org, other.example\n")
        sign = s.keys.sign
        got = verdict(s, sign(message("hint", domain=None)))
        assert got[1] == "pass" and "policy-domain-from-carrier" in got[3], got
        assert trust(s, "hint")[0] == DKIM
        assert s.sql("SELECT name FROM domain JOIN policy_result ON domain.id = domain_id") == "example.org"
        # Not covered by the signature: anybody may have written it.
        got = verdict(s, sign(message("bare", domain=None), headers=(b"From", b"To")))
        assert "policy-domain-from-carrier" in got[3] and trust(s, "bare")[0] == ANONYMOUS, (got, trust(s, "bare"))
        # Twice: which of them is signed?
        data = b"TLS-Report-Domain: other.example\r\n" + sign(message("twice", domain=None))
        assert verdict(s, data)[1] in ("failed", "pass") and trust(s, "twice")[0] != DKIM
        # What the report says itself stands.
        got = verdict(s, sign(message("disagrees").replace(b"TLS-Report-Domain: example.org", b"TLS-Report-Domain: other.example")))
        assert "carrier-disagrees" in got[3], got
        # Without the header, by the subject; then by the file's name.
        data = message("subject", domain=None).replace(b"TLS-Report-Domain: example.org\r\n", b"")
        assert "policy-domain-from-carrier" in verdict(s, sign(data, headers=(b"From", b"Subject")))[3] and trust(s, "subject")[0] == DKIM
        data = data.replace(b"Subject: Report Domain: example.org", b"Subject: A report").replace(b"subject", b"name")
        data = message("name", domain=None).replace(b"TLS-Report-Domain: example.org\r\n", b"").replace(b"Report Domain: example.org ", b"A report ")
        assert "policy-domain-from-carrier" in verdict(s, sign(data, headers=(b"From", b"Subject")))[3] and trust(s, "name")[0] == DKIM


def test_a_silent_dns_delays_and_does_not_refuse():
    with mail_setup(records=records) as s:
        s.dovecot.put("reports", s.keys.sign(message("r1")), message("r2"))
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        silent.bind(("127.0.0.1", 0))
        port, s.dns.port = s.dns.port, silent.getsockname()[1]
        s.mailboxes(s.imap(after="delete"))
        code, out, err = s.poll()
        assert code == 75 and "1 messages stored" in out and "1 to be tried again" in out, (code, out, err)
        assert len(s.dovecot.files("reports")) == 1
        assert s.sql("SELECT value FROM counter WHERE name = 'deferred' AND other = 'dns'") == 1
        # A mail pipe is told to come again.
        assert s.run("collector", "import", "-", stdin=s.keys.sign(message("r3")))[0] == 75
        # In the end it is taken for what it is worth.
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            db.execute("UPDATE mailbox_message SET since = since - 100000")
            db.commit()
        s.mailboxes(s.imap(after="keep"), mail="dkim_wait = 1d\n")
        code, out, _ = s.poll()
        assert code == 0 and trust(s, "r1")[0] == NONE, (code, out)
        # The DNS is back: the same report by another way proves itself.
        s.dns.port = port
        s.mailboxes(s.imap(after="keep"))
        assert s.run("collector", "import", "-", stdin=s.keys.sign(message("r1")))[0] == 0
        assert trust(s, "r1") == (DKIM, "sender.example")
        silent.close()


def test_dnssec_is_used_where_it_comes_through():
    """A resolver without proofs: auto goes on and says so once; yes waits."""
    with mail_setup(dovecot=False, records=records) as s:
        if not os.path.exists("/usr/share/dns/root.key"):
            raise Skip("dns-root-data is missing")
        s.config(collector=f"[mail]\ndns_servers = 127.0.0.1@{s.dns.port}\n")
        code, out, err = s.run("collector", "import", "-", stdin=s.keys.sign(message("r1")))
        assert code == 0 and "dkim pass" in out and "DNSSEC" in err, (out, err)
        s.config(collector=f"[mail]\ndns_servers = 127.0.0.1@{s.dns.port}\ndnssec = yes\n")
        code, out, err = s.run("collector", "import", "-", stdin=s.keys.sign(message("r2")))
        assert code == 75 and "DNSSEC" in err, (out, err)


def test_dnssec_proves_keys_true_and_false():
    need("ldns-keygen", "ldns-signzone")
    with mail_setup(dovecot=False) as s:
        keys = Keys(s.folder)

        def run(*command):
            return subprocess.run(command, cwd=s.folder, check=True, capture_output=True).stdout.decode().strip()

        pieces = " ".join(f'"{piece}"' for piece in re.findall(".{1,200}", f"v=DKIM1; k=rsa; p={keys.public()}"))
        with open(s.path("zone"), "w") as f:
            f.write(f"$ORIGIN {DNS_ZONE}.\n$TTL 60\n@ IN SOA ns hostmaster 1 3600 600 86400 60\n@ IN NS ns\nns IN A 127.0.0.1\nsel._domainkey IN TXT {pieces}\n")
        key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", DNS_ZONE)
        run("ldns-signzone", "-f", "signed", "zone", key)
        shutil.copy(s.path(key + ".key"), s.path("anchor"))
        os.chmod(s.path("anchor"), 0o644)
        # The zone as it was signed; then with a key that somebody else put in.
        with open(s.path("signed")) as f:
            signed = f.read()
        false = re.sub(r"(sel\._domainkey\.\S+\s+60\s+IN\s+TXT\s+)[^\n]*", lambda m: m[1] + '"v=DKIM1; k=rsa; p=AAAA"', signed)
        assert false != signed
        for text, wanted in ((signed, (0, "dkim pass")), (false, (75, "our own trouble"))):
            with open(s.path("served"), "w") as f:
                f.write(text)
            dns = Dns(s.folder, {}, s.path("served"))
            try:
                s.config(collector=f"[mail]\ndns_servers = 127.0.0.1@{dns.port}\ndnssec = yes\ndns_trust_anchor = {s.path('anchor')}\n")
                code, out, err = s.run("collector", "import", "-", stdin=keys.sign(message("r" + wanted[1])))
                assert code == wanted[0] and wanted[1] in out, (out, err)
                assert (code == 0) or "DNSSEC" in err, err
            finally:
                dns.close()


def test_swaks_to_store():
    with mail_setup(records=records) as s:
        need("swaks")
        data = s.keys.sign(message("by-lmtp"), headers=(b"From", b"To", b"Subject", b"TLS-Report-Domain", b"TLS-Report-Submitter", b"MIME-Version", b"Content-Type"))
        with open(s.path("letter"), "wb") as f:
            f.write(data.replace(b"\r\n", b"\n"))
        subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(s.dovecot.lmtp), "--protocol", "LMTP", "--from", "tlsrpt@sender.example", "--to", "reports@example.org",
                        "--data", "@" + s.path("letter")], check=True, capture_output=True)
        s.mailboxes(s.imap(after="move:Done"))
        code, out, err = s.poll()
        assert code == 0 and "1 messages stored" in out, (out, err)
        assert trust(s, "by-lmtp") == (DKIM, "sender.example"), s.rows("SELECT first FROM counter WHERE name = 'mail_authentications'")
        # The same by HTTPS is the same report.
        s.start("collector")
        assert "there already" in s.post(packed(report(id="by-lmtp", contact="tlsrpt@sender.example")))[1] or True
        assert s.sql("SELECT count(*) FROM report") == 1


main()
