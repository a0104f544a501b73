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
    found = {f"{selector}._domainkey.{domain}": text for selector, text in selectors.items() for domain in ("sender.example", "sub.sender.example", "other.example", "mail.ru", "google.com", "docs.google.com", "microsoft.com")}
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
        # Whatever it says; an empty one is no limit to some, and 0 to others.
        for value in (b"", b" ", b"0", b"x"):
            data = re.sub(rb"; l=\d+", b"; l=" + value, sign(message("length"), length=True))
            assert b"; l=" + value + b";" in data, data
            assert verdict(s, data)[1] == "length_limited", value
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


# What reporters put into h=, as far as it is known.
GOOGLE = (b"to", b"from", b"subject", b"message-id", b"tls-report-submitter", b"tls-report-domain", b"date", b"mime-version", b"from", b"to", b"cc", b"subject", b"date")
MICROSOFT = (b"From", b"Date", b"Subject", b"Message-ID", b"Content-Type", b"MIME-Version")
OVERSIGNED = (b"From", b"From", b"Subject", b"Subject", b"Date", b"Date", b"Content-Type", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version", b"MIME-Version",
              b"TLS-Report-Domain", b"TLS-Report-Domain", b"TLS-Report-Submitter", b"TLS-Report-Submitter")
STALWART = (b"From", b"To", b"Date", b"Subject", b"Message-ID")
ALL = (b"From", b"Subject", b"Date", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version")


def plain(id, text, subject="Somebody wrote a comment", type="text/plain", encoding=None, more=""):
    """A mail of one piece, as services send them, that holds what a stranger wrote."""
    head = f"From: notes@sender.example\nTo: tlsrpt@example.org\nDate: {email.utils.formatdate()}\nSubject: {subject}\nMessage-ID: <{id}@sender.example>\nMIME-Version: 1.0\n"
    head += f"Content-Type: {type}\n" + (f"Content-Transfer-Encoding: {encoding}\n" if encoding else "") + more + "\n"
    return (head + text).replace("\n", "\r\n").encode()


def test_more_reports_than_a_mail_may_have():
    """None is lost without a word."""
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes()
        part = "".join(f'--limit\nContent-Type: application/tlsrpt+json\n\n{json.dumps(report(id=f"many-{i}", contact="tlsrpt@sender.example"))}\n' for i in range(10))
        data = s.keys.sign(plain("parts", part + "--limit--\n", type='multipart/mixed; boundary="limit"'))
        code, out, err = s.run("collector", "import", "-", stdin=data)
        assert code == 65 and out.count("stored, dkim pass") == 8 and "refused (mime)" in out and "it holds more than 8 reports" in out, (code, out, err)
        code, out, err = s.run("collector", "import", "-", stdin=data)
        assert code == 65 and out.count("duplicate, dkim pass") == 8 and s.rows("SELECT times, bytes > 4000 FROM ledger") == [(2, 1)], (code, out, s.rows("SELECT * FROM ledger"))
        code, out, err = s.run("collector", "reparse")
        assert code == 0 and s.sql("SELECT count(*) FROM ledger") == 1 and s.sql("SELECT count(*) FROM report WHERE report_id LIKE 'many-%'") == 8, (code, out, err)


def test_shapes_that_reporters_send():
    """A last line that says that more follows (Mail.ru), a byte order mark before the message, an archive of another kind."""
    with mail_setup(records=records) as s:
        s.mailboxes(s.imap(after="delete"))
        shut = message("x")
        assert shut.endswith(b"\r\n--limit--\r\n")
        for id, headers, end in (("open", GOOGLE, b"\r\n--limit\r\n"), ("open-signed", MICROSOFT, b"\r\n--limit"), ("no-end", MICROSOFT, b"\r\n")):
            data = s.keys.sign(message(id).replace(b"\r\n--limit--\r\n", end), headers=headers)
            assert verdict(s, data)[:3] == ("stored", "pass", "sender.example"), id
        assert verdict(s, b"\xef\xbb\xbf" + s.keys.sign(message("marked")))[:2] == ("stored", "pass")
        s.dovecot.put("reports", b"\xef\xbb\xbf" + s.keys.sign(message("marked-imap")), s.keys.sign(message("open-imap").replace(b"--limit--", b"--limit")))
        code, out, err = s.poll()
        assert code == 0 and "2 messages stored" in out and trust(s, "marked-imap")[0] == trust(s, "open-imap")[0] == DKIM, (out, err)
        # As HTTPS names it.
        import io, zipfile
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as z:
            z.writestr("report.json", json.dumps(report(id="zip")))
        s.start("collector")
        said = s.post(file.getvalue())[1]
        for type in ("application/tlsrpt+gzip", "application/zip", "application/octet-stream"):
            data = message("zip", body=file.getvalue(), name="report.zip").replace(b"application/tlsrpt+gzip", type.encode())
            code, out, err = s.run("collector", "import", "-", stdin=data)
            assert code == 65 and "refused (decompression), dkim unsigned: a ZIP archive; RFC 8460" in out, (type, code, out, err, said)
        listed = s.run("collector", "refused")[1]
        # Mail that proves nothing is kept apart from what HTTPS vouches for.
        for times in (" 1 https", " 3 import"):
            assert re.search(times + r" +decompression .*a ZIP archive; RFC 8460 section 5.2 allows gzip only", listed), listed


def evil(id):
    return json.dumps(report(id="evil-" + id, contact="tlsrpt@sender.example"))


def retype(data, *lines):
    """Content-Type exchanged for other fields."""
    return re.sub(rb"(?m)^Content-Type: [^\r]*\r\n", lambda m: b"".join(line.encode() + b"\r\n" for line in lines), data, count=1)


def test_what_is_verified_is_what_is_read():
    """Nobody makes a proved report of a signed mail by anything that its signature does not cover."""
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes()

        def sign(data, headers=GOOGLE, relaxed=b"relaxed"):
            dkim = s.keys.dkim
            return dkim.sign(data, b"sel", b"sender.example", s.keys.pem, canonicalize=(relaxed, b"relaxed"), include_headers=list(headers)) + data

        def refused(id, data, wanted=None):
            code, out, err = s.run("collector", "import", "-", stdin=data)
            assert code in (0, 65) and "dkim pass" not in out and "authserv" not in out, (id, code, out, err)
            assert s.sql("SELECT count(*) FROM report WHERE trust > 1") == passed, (id, out)
            if wanted:
                assert f"dkim {wanted}" in out, (id, out, err)
                assert trust(s, "evil-" + id)[0] == NONE, (id, out)

        # Genuine ones pass, as each of them signs.
        passed = 0
        for name, headers in (("google", GOOGLE), ("microsoft", MICROSOFT), ("oversigned", OVERSIGNED), ("stalwart", STALWART), ("rspamd", ALL)):
            for relaxed in (b"relaxed", b"simple"):
                id = f"{name}-{relaxed.decode()}"
                assert verdict(s, sign(message(id), headers, relaxed))[:3] == ("stored", "pass", "sender.example"), id
                passed += 1
        folded = message("folded").replace(b"Subject: Report Domain: example.org Submitter: sender.example ", b"Subject: Report\r\n Domain:\r\n example.org\r\n Submitter:\r\n sender.example\r\n ")
        single = plain("single", json.dumps(report(id="single", contact="tlsrpt@sender.example")), type="application/tlsrpt+json")
        for name, data, headers in (("folded", folded, GOOGLE), ("single", single, MICROSOFT)):
            assert verdict(s, sign(data, headers))[1] == "pass", name
            passed += 1

        part = lambda id, limit: f"--{limit}\r\nContent-Type: application/tlsrpt+json\r\n\r\n{evil(id)}\r\n--{limit}--\r\n"
        genuine = sign(message("genuine"))
        # Lines in the header that are no field, where another parser begins the body.
        refused("a", (f'Content-Type: multipart/report; report-type=tlsrpt; boundary="evil"\r\n--evil\r\nContent-Type: application/tlsrpt+json\r\n{evil("a")}\r\n--evil--\r\n').encode() + genuine)
        # Every line a field or a continuation, one of them of blanks alone.
        packed_lines = base64.encodebytes(packed(json.loads(evil("b")))).decode().split()
        for blank in (" ", "\t", "  \t "):
            refused("b", ("Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\nSender: a@b.example\r\n" + blank + "\r\n"
                          + "".join(f" {line}\r\n" for line in packed_lines)).encode() + genuine)
        # A stranger's text, and another Content-Type: in place of the signed mail's, above it, below it, in pieces.
        comment = sign(plain("c", "Somebody wrote:\n\n" + part("c", "evil").replace("\r\n", "\n") + "\nGood bye\n"))
        refused("c", retype(comment, 'Content-Type: multipart/mixed; boundary="evil"'), "uncovered")
        refused("c", retype(comment, "Content-Type: multipart/mixed; boundary=good; boundary=evil"))
        for value in ("multipart/mixed; boundary*0=ev; boundary*1=il", "multipart/mixed; boundary*=us-ascii'en'%65vil", "multipart/mixed (;boundary=good); boundary=evil", 'MULTIPART/mixed;\r\n\tboundary="e\\vil"'):
            refused("c", retype(comment, "Content-Type: " + value))
        whole = sign(plain("d", part("d", "evil").replace("\r\n", "\n")), STALWART)
        refused("d", retype(whole, 'Content-Type: multipart/report; report-type=tlsrpt; boundary="evil"'), "uncovered")
        refused("d", b"TLS-Report-Domain: example.org\r\nTLS-Report-Submitter: sender.example\r\n" + retype(whole, 'Content-Type: multipart/report; report-type=tlsrpt; boundary="evil"'), "uncovered")
        # A title that a stranger chose, and what a service writes around it.
        titled = "Report Domain: example.org Submitter: sender.example Report-ID: <1@sender.example>"
        for subject in ("Comment on Report Domain: example.org Submitter: sender.example Report-ID: <1>", "Report Domain: Submitter: sender.example", "Report Domain: other.example Submitter: sender.example",
                        "Report Domain: example.org Submitter: other.example", "Report Domain: example.org by Submitter: sender.example",
                        "Report Domain: example.org Submitter: sender.example", titled + " - a comment", titled + " (#12)", "Report Domain: example.org Submitter: sender.example Report-ID: (#12)"):
            refused("d", retype(sign(plain("d", part("d", "evil").replace("\r\n", "\n"), subject=subject)), 'Content-Type: multipart/report; boundary="evil"'), "uncovered")
        # The right title, but the structure is not that of the body.
        for id, text in (("e", "Hello\n" + part("e", "evil")), ("f", part("f", "evil") + "Good bye\n")):
            refused(id, retype(sign(plain(id, text.replace("\r\n", "\n"), subject=titled)), "Content-Type: multipart/mixed; boundary=evil"), "uncovered")
        # Signed once and given twice, whatever it is; and the forms that some readers take for a field.
        twice = sign(plain("g", "Somebody wrote:\n\n" + part("g", "evil").replace("\r\n", "\n")), ALL)
        for line in ("Content-Type: multipart/mixed; boundary=evil\r\n", "content-type : multipart/mixed; boundary=evil\r\n", "Content-Type\t: multipart/mixed; boundary=evil\r\n", "X: y\rContent-Type: multipart/mixed; boundary=evil\r\n",
                     "X: y\nContent-Type: multipart/mixed; boundary=evil\r\n", "X: y\0\r\nContent-Type: multipart/mixed; boundary=evil\r\n", " Content-Type: multipart/mixed; boundary=evil\r\n"):
            refused("g", line.encode() + twice)
            refused("g", twice.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\n" + line.encode()))
        for field in ("From: a@sender.example", "Subject: x", "Date: " + email.utils.formatdate(), "MIME-Version: 1.0", "TLS-Report-Domain: example.org", "TLS-Report-Submitter: sender.example",
                      "Content-Type: text/plain", "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 7bit", "no colon", "two words: x", ": empty", "X: a\r\n \r\n b", "X: \1", "X: a\rb"):
            for data in (message("evil-h"), message("evil-h").replace(b"\r\n", b"\n")):
                end = b"\r\n" if b"\r\n" in data else b"\n"
                line = field.encode().replace(b"\r\n", end) + end
                # With two Content-Type fields the topmost is read, and here it has no parts.
                refused("h", sign(data).replace(b"MIME-Version", line + b"MIME-Version", 1), None if "text/plain" in field else "ambiguous")
        # A signed type, and an encoding that is not.
        coded = base64.b64encode(evil("i").encode()).decode()
        refused("i", sign(plain("i", coded + "\n", subject=titled, type="application/octet-stream"), MICROSOFT).replace(b"MIME-Version", b"Content-Transfer-Encoding: base64\r\nMIME-Version"), "uncovered")
        printed = evil("j").replace("example.org", "example=2Eorg", 1)
        refused("j", sign(plain("j", printed, subject=titled, type="application/tlsrpt+json"), MICROSOFT).replace(b"MIME-Version", b"Content-Transfer-Encoding: quoted-printable\r\nMIME-Version"), "uncovered")
        # What a stranger wrote is all of it, but nobody calls it a report.
        refused("k", sign(plain("k", evil("k")), ALL), "uncovered")
        # Relaxed: a line of one blank and an empty one are signed alike. The header of a part ends at both.
        parts = '--limit\nContent-Type: text/html\n\nSomebody wrote:\n\n' + evil("l") + '\n--limit--\n'
        refused("l", sign(plain("l", parts, subject=titled, type='multipart/mixed; boundary="limit"'), ALL).replace(b"text/html\r\n\r\n", b"text/html\r\n \r\n"))
        # A lone CR: a line end for who verifies, none for who reads parts, so that a part's header goes on into a stranger's text.
        parts = "--limit\nContent-Transfer-Encoding: 7bit\nContent-Type: text/plain\n\nSomebody wrote:\nContent-Type: application/tlsrpt+json\n\n" + evil("p") + "\n--limit--\n"
        for canon in (b"relaxed", b"simple"):
            whole = plain("p", parts, subject=titled, type='multipart/mixed; boundary="limit"')
            whole = s.keys.dkim.sign(whole, b"sel", b"sender.example", s.keys.pem, canonicalize=(b"relaxed", canon), include_headers=list(ALL)) + whole
            for ends in (b"7bit\rContent-Type: text/plain\r\rSomebody wrote:\r\n", b"7bit\rContent-Type: text/plain\r\n\r\r\nSomebody wrote:\r", b"7bit\rContent-Type: text/plain\r\n\rSomebody wrote:\r\n"):
                refused("p", whole.replace(b"7bit\r\nContent-Type: text/plain\r\n\r\nSomebody wrote:\r\n", ends), "ambiguous" if ends.startswith(b"7bit\rContent-Type: text/plain\r\rS") else None)
            for line in (b"Somebody wrote:\r\r\n", b"Somebody wrote:\r\n\r\r\n"):
                refused("p", whole.replace(b"Somebody wrote:\r\n", line))
        # No empty line; a message in a message.
        refused("m", b"\r\n".join(genuine.split(b"\r\n\r\n")[:1]))
        refused("n", retype(sign(plain("n", genuine.decode().replace("\r\n", "\n"))), "Content-Type: message/rfc822"))
        # Our own server vouches for the domain, not for the reading.
        vouch = b"Authentication-Results: mx.example.org; dkim=pass header.d=sender.example\r\n"
        s.mailboxes(mail="trusted_authserv_id = mx.example.org\n")
        s.dns.close()
        bare = plain("o", "Somebody wrote:\n\n" + part("o", "evil").replace("\r\n", "\n"))
        for data in (bare, sign(bare)):
            refused("o", vouch + retype(data, 'Content-Type: multipart/mixed; boundary="evil"'))
        code, out, _ = s.run("collector", "reports", "example.org")
        assert code == 0 and re.search(r"none +uncovered ", out) and re.search(r"none +ambiguous ", out), out


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


def test_a_service_that_signs_for_its_users_reports_from_one_address():
    """An invitation or a notice of Google or Microsoft has a signature of theirs and a stranger's text: it proves no report."""
    def from_(address, id, domain, headers, signer=None):
        data = message(id, sender=domain).replace(b"From: TLS reports <tlsrpt@" + domain.encode() + b">", b"From: " + address.encode())
        return s.keys.sign(data, domain=(signer or domain).encode(), headers=headers)

    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes()
        google, microsoft = "noreply-smtp-tls-reporting@google.com", "tlsrpt-noreply@microsoft.com"
        for id, address, domain, headers in (("google", google, "google.com", GOOGLE), ("microsoft", f"<{microsoft}>", "microsoft.com", MICROSOFT), ("case", google.upper(), "google.com", GOOGLE)):
            assert verdict(s, from_(address, id, domain, headers))[1:3] == ("pass", domain) and trust(s, id) == (DKIM, domain), id
        for id, address, domain, headers in (("calendar", "calendar-notification@google.com", "google.com", GOOGLE), ("sharepoint", "no-reply@sharepoint.microsoft.com", "microsoft.com", MICROSOFT),
                                             ("display", f'"{google}" <comments-noreply@google.com>', "google.com", GOOGLE), ("two", f"{google}, x@google.com", "google.com", GOOGLE),
                                             ("each-other", google, "microsoft.com", MICROSOFT), ("foreign", "tlsrpt@sender.example", "google.com", GOOGLE)):
            assert verdict(s, from_(address, id, domain, headers))[1] == "shared_signer" and trust(s, id)[0] == NONE, id
        assert verdict(s, from_("x@docs.google.com", "below", "google.com", GOOGLE, "docs.google.com"))[1] == "shared_signer"
        # Listed, it is a reporter; but only in its own domain.
        s.mailboxes(mail="[reporters]\naddresses = tls@docs.google.com tlsrpt@sender.example\n")
        assert verdict(s, from_("tls@docs.google.com", "listed", "google.com", GOOGLE, "docs.google.com"))[1:3] == ("pass", "docs.google.com")
        assert verdict(s, from_("tlsrpt@sender.example", "not-its-own", "google.com", GOOGLE))[1] == "shared_signer"
        # A server of ours that vouches for the domain does not vouch for the address.
        s.mailboxes(mail="trusted_authserv_id = mx.example.org\n")
        s.dns.close()
        vouch = b"Authentication-Results: mx.example.org; dkim=pass header.d=google.com\r\n"
        bare = lambda id, address: message(id, sender="google.com").replace(b"From: TLS reports <tlsrpt@google.com>", b"From: " + address)
        assert verdict(s, vouch + bare("vouched", google.encode()))[1] == "authserv" and trust(s, "vouched") == (AUTHSERV, "google.com")
        assert verdict(s, vouch + bare("vouched-other", b"calendar-notification@google.com"))[1] == "shared_signer" and trust(s, "vouched-other")[0] == NONE


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
        assert s.sql("SELECT name FROM domain JOIN report ON domain.id = first_domain(body)") == "example.org"
        # Not covered by the signature: anybody may have written it, and that is why it counts less.
        unnamed = message("bare", domain=None, name="report.json.gz")
        got = verdict(s, sign(unnamed, headers=(b"From", b"To", b"Content-Type")))
        assert got[1] == "unsigned_hint" and "policy-domain-from-carrier" in got[3] and trust(s, "bare")[0] == ANONYMOUS, (got, trust(s, "bare"))
        assert re.search(r"import  anonymous +unsigned_hint ", s.run("collector", "reports")[1])
        # Twice: which of them is signed?
        data = b"TLS-Report-Domain: other.example\r\n" + sign(message("twice", domain=None))
        assert verdict(s, data)[1] == "ambiguous" and trust(s, "twice")[0] == NONE
        # What the report says itself stands.
        got = verdict(s, sign(message("disagrees").replace(b"TLS-Report-Domain: example.org", b"TLS-Report-Domain: other.example")))
        assert "carrier-disagrees" in got[3], got
        # Without the header, by the subject; then by the file's name.
        data = message("subject", domain=None).replace(b"TLS-Report-Domain: example.org\r\n", b"")
        assert "policy-domain-from-carrier" in verdict(s, sign(data, headers=(b"From", b"Subject")))[3] and trust(s, "subject")[0] == DKIM
        data = data.replace(b"Subject: Report Domain: example.org", b"Subject: A report").replace(b"subject", b"name")
        data = message("name", domain=None).replace(b"TLS-Report-Domain: example.org\r\n", b"").replace(b"Report Domain: example.org ", b"A report ")
        assert "policy-domain-from-carrier" in verdict(s, sign(data, headers=(b"From", b"Subject", b"Content-Type")))[3] and trust(s, "name")[0] == DKIM


def test_what_is_signed_fills_before_what_is_not():
    """A field that is not signed neither demotes a report nor names its domain."""
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes(common="domains = example.org, other.example\n")
        for id, headers, name in (("by-subject", (b"From", b"Subject", b"Content-Type"), "report.json.gz"), ("by-name", (b"From", b"Content-Type"), None)):
            for field in (b"example.org", b"other.example"):
                this = f"{id}-{field.decode()}"
                data = s.keys.sign(message(this, domain=None, name=name), headers=headers)
                data = data.replace(b"TLS-Report-Domain: example.org", b"TLS-Report-Domain: " + field)
                got = verdict(s, data)
                assert got[:3] == ("stored", "pass", "sender.example") and trust(s, this)[0] == DKIM, (this, got)
                assert ("carrier-disagrees" in got[3]) == (field != b"example.org"), got
                found = s.sql(f"SELECT name FROM report JOIN domain ON domain.id = first_domain(body) WHERE report.report_id = '{this}'")
                assert found == "example.org", found



def test_a_report_without_a_domain_counts_once_by_both_channels():
    """Its key comes from the document alone, not from what is around it; the copy with a domain is the one that counts."""
    for order in ("https, mail", "mail, https", "https, mail, https"):
        for headers, wanted in ((None, DKIM), ((b"From", b"Content-Type"), ANONYMOUS)):
            with mail_setup(dovecot=False, records=records) as s:
                s.mailboxes()
                s.start("collector")
                document = report(id="both", contact="tlsrpt@sender.example")
                del document["policies"][0]["policy"]["policy-domain"]
                data = message("both", domain=None, contact="tlsrpt@sender.example", name=None if headers is None else "report.json.gz", body=packed(document))
                said = []
                for way in order.split(", "):
                    if way == "https":
                        status, text = s.post(packed(document))[:2]
                        assert status in (200, 201), (status, text)
                        said.append(text)
                    else:
                        said.append(verdict(s, s.keys.sign(data, **({"headers": headers} if headers else {})))[0])
                found = s.rows("SELECT report.trust, domain.name FROM report LEFT JOIN domain ON domain.id = first_domain(body)")
                assert found == [(wanted, "example.org")], (order, wanted, found, said)
                # After the mail it is known, and no report that names no domain.
                known = s.rows("SELECT value FROM counter WHERE name = 'inputs' AND first = 'https' AND other = 'duplicate'")
                assert known == ([(1,)] if order.endswith("mail, https") else []), (order, known, said)
                assert s.sql("SELECT sum(reports) FROM day_sum") == 1, (order, s.rows("SELECT * FROM day_sum"))


def test_a_proof_counts_from_when_it_came():
    """Whatever a report says of its day, and however long it lay here unproved."""
    with mail_setup(dovecot=False, records=records) as s:
        s.mailboxes()
        now = int(time.time())
        s.start("collector", clock=now - 20 * DAY)
        document = report(id="late", when=-21, contact="tlsrpt@sender.example")
        assert s.post(packed(document))[0] in (200, 201)
        s.stop("collector")
        assert s.rows("SELECT first_proved, trust, proved_at FROM reporter JOIN report ON reporter_id = reporter.id") == [(None, ANONYMOUS, None)]
        # The same by mail, of a host of the sender that is written in capitals; and three reports of old days.
        data = s.keys.sign(message("late", body=packed(document)), domain=b"Sub.Sender.Example")
        assert verdict(s, data)[:3] == ("duplicate", "pass", "sub.sender.example")
        for when in (-30, -20, -10):
            assert verdict(s, s.keys.sign(message(f"old{when}", when=when)))[:3] == ("stored", "pass", "sender.example")
        first, last = s.rows("SELECT min(first_proved), max(first_proved) FROM reporter")[0]
        assert now - 60 < first <= last <= time.time(), (now, first, last)
        assert s.rows("SELECT DISTINCT arrived FROM day_sum WHERE count_as = 3") == [(first // DAY,)] or first // DAY != time.time() // DAY
        assert s.rows("SELECT received_at < proved_at - 19 * 86400 FROM report WHERE report_id = 'late'") == [(1,)]
        # Of a copy of the store it is the same, and of one whose sums are made again.
        assert s.run("collector", "check-store")[0] == 0 and s.run("collector", "check-store", "--repair")[0] == 0
        assert s.rows("SELECT min(first_proved), max(first_proved) FROM reporter") == [(first, last)]


def test_a_silent_dns_delays_and_does_not_refuse():
    with mail_setup(records=records) as s:
        s.dovecot.put("reports", s.keys.sign(message("r1")), message("r2"))
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        silent.bind(("127.0.0.1", 0))
        port, s.dns.port = s.dns.port, silent.getsockname()[1]
        s.mailboxes(s.imap(after="delete"))
        code, out, err = s.poll()
        assert code == 75 and "1 message stored" in out and "1 to be tried again" in out, (code, out, err)
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


def test_import_goes_on_while_a_message_waits_for_the_dns():
    with mail_setup(dovecot=False, records=records) as s, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(30)
        s.dns.port = silent.getsockname()[1]
        s.mailboxes()
        os.mkdir(s.path("in"))
        with open(s.path("in/a.eml"), "wb") as f:
            f.write(s.keys.sign(message("r1")))
        for n in range(700):
            with open(s.path(f"in/r{n:03}.json"), "w") as f:
                json.dump(report(id=f"f{n}", contact=f"a@r{n // 50}.example"), f)
        with open(s.path("in/b.json"), "wb") as f:
            f.write(b"{")
        s.own()
        assert s.run("collector", "import", "-", stdin=packed(report(id="first")))[0] == 0
        process = subprocess.Popen(s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf"), "import", s.path("in")]), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        silent.recv(512)
        # The question is given up after seven seconds.
        until = time.time() + 6
        while s.sql("SELECT count(*) FROM report") < 200:
            assert process.poll() is None and time.time() < until, s.sql("SELECT count(*) FROM report")
            time.sleep(0.05)
        out, err = process.communicate(timeout=60)
        # It is printed where it stands all the same.
        lines = out.decode().splitlines()
        assert process.returncode == 75 and "a.eml: not stored" in lines[0] and "b.json: refused" in lines[1] and "700 stored" in lines[2], (process.returncode, out, err)


def test_a_worker_that_crashes_is_no_trouble_of_the_dns():
    """The process that asks and the one that parses, in the middle of a question: the log names each, and the mail is read later."""
    with mail_setup(dovecot=False, records=records) as s:
        path = s.path("box")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub))
        put_in_maildir(path, s.keys.sign(message("r1")))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.settimeout(30)
            port, s.dns.port = s.dns.port, silent.getsockname()[1]
            s.mailboxes(mailbox_section("main", type="maildir", path=path))
            s.own()
            poll = subprocess.Popen(s.as_user([s.path("collector"), "-c", s.path("tlsrpt.conf"), "poll"]), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            silent.recv(512)
            for role in (b"child-parse", b"child-resolve"):
                found = [pid for pid in children_of(poll.pid) if role in open(f"/proc/{pid}/cmdline", "rb").read()]
                assert len(found) == 1, (role, found)
                os.kill(found[0], signal.SIGABRT)
            out, err = (data.decode() for data in poll.communicate(timeout=60))
        assert poll.returncode == 75 and "1 to be tried again" in out, (out, err)
        for words in ("the process that asks the DNS (signal 6)", "the process that parses messages (signal 6)"):
            assert "mail worker crashed: " + words in err, err
        assert "good answer" not in err and "no DNS server answers" not in err, err
        assert s.sql("SELECT sum(value) FROM counter WHERE name = 'mail_child_deaths'") == 2
        s.dns.port = port
        s.mailboxes(mailbox_section("main", type="maildir", path=path))
        assert s.poll()[0] == 0 and trust(s, "r1") == (DKIM, "sender.example")


def test_a_zone_in_trouble_holds_up_no_other():
    """No good answer for two domains: mail of the rest is judged, and each by itself in the end."""
    with mail_setup() as s:
        keys = s.keys = Keys(s.folder)
        record = f"v=DKIM1; k=rsa; p={keys.public()}"
        s.dns = Dns(s.folder, {f"sel._domainkey.{name}": record for name in ("sender.example", "other.example")}, silent=("broken.example",), refused=("broken.test",))
        s.parts.append(s.dns)
        ids = []
        for i in range(4):
            for name in ("broken.example", f"a{i}.broken.example", "broken.test", "sender.example", "other.example"):
                id = f"{name}-{i}"
                ids.append((id, name))
                s.dovecot.put("reports", keys.sign(message(id, sender=name), domain=name.encode()))
        s.mailboxes(s.imap(after="delete"))
        code, out, err = s.poll()
        assert code == 75 and "8 messages stored" in out and "12 to be tried again" in out, (code, out, err)
        for id, name in ids:
            if "broken" not in name:
                assert trust(s, id) == (DKIM, name), (id, trust(s, id))
        assert err.count("gives no good answer") == 2 and "no DNS server answers" not in err, err
        # One of them has waited for too long: it is stored, the others wait on.
        with contextlib.closing(sqlite3.connect(s.path("store/tlsrpt.db"))) as db:
            db.execute("UPDATE mailbox_message SET since = since - 400000 WHERE message = (SELECT min(message) FROM mailbox_message WHERE state = 0)")
            db.commit()
        code, out, err = s.poll()
        assert code == 75 and "1 message stored" in out and "11 to be tried again" in out, (code, out, err)
        assert s.sql("SELECT count(*) FROM report WHERE trust = 0 AND authentication = 14") == 1


def test_keys_under_test_are_found():
    """Not what the library of the DNS has built in for names that a network may use by itself."""
    names = ("sender.test", "mail.home.arpa")
    with mail_setup(dovecot=False, records=lambda keys: {f"sel._domainkey.{name}": f"v=DKIM1; p={keys.public()}" for name in names}) as s:
        s.mailboxes()
        for name in names:
            assert verdict(s, s.keys.sign(message("r-" + name, sender=name), domain=name.encode()))[:3] == ("stored", "pass", name), name


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
        for text, wanted in ((signed, (0, "dkim pass")), (false, (75, "local error"))):
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
        assert code == 0 and "1 message stored" in out, (out, err)
        assert trust(s, "by-lmtp") == (DKIM, "sender.example"), s.rows("SELECT first FROM counter WHERE name = 'mail_authentications'")
        # The same by HTTPS is the same report.
        s.start("collector")
        assert "there already" in s.post(packed(report(id="by-lmtp", contact="tlsrpt@sender.example")))[1] or True
        assert s.sql("SELECT count(*) FROM report") == 1


main()
