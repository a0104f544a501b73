#!/usr/bin/env python3
"""Writes signed_messages.h for fuzz_signed.c: mails that are signed in the ways of reporters and services, with a key
that is thrown away. Needs python3-dkim and openssl.

	tests/fuzz/sign_messages.py >tests/fuzz/signed_messages.h
"""
import base64, json, os, subprocess, sys, tempfile

sys.path.append("/usr/lib/python3/dist-packages")
import dkim

GOOGLE = [b"to", b"from", b"subject", b"message-id", b"tls-report-submitter", b"tls-report-domain", b"date", b"mime-version"]
SERVICE = [b"from", b"to", b"date", b"subject", b"message-id"]
TYPED = SERVICE + [b"content-type", b"mime-version"]
CODED = TYPED + [b"content-transfer-encoding"]


def report(name):
    policy = {"policy": {"policy-type": "sts", "policy-domain": "example.org"}, "summary": {"total-successful-session-count": 1, "total-failure-session-count": 0}}
    return json.dumps({"organization-name": "Sender", "date-range": {"start-datetime": "2026-11-24T00:00:00Z", "end-datetime": "2026-11-24T23:59:59Z"},
                       "contact-info": "tlsrpt@sender.example", "report-id": name, "policies": [policy]}, separators=(",", ":"))


GOOD = report("good")
EVIL = "--evil\nContent-Type: application/tlsrpt+json\n\n" + report("evil") + "\n--evil--\n"
CODED_EVIL = "Content-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(report("evil").encode()).decode()
FORMAL = "Report Domain: example.org Submitter: sender.example Report-ID: <1@sender.example>"
REPORT = 'Content-Type: multipart/report; report-type=tlsrpt; boundary="limit"\n'


def mail(type, body, subject=FORMAL, fields=True):
    head = f"From: TLS <tlsrpt@sender.example>\nTo: tlsrpt@example.org\nDate: Wed, 25 Nov 2026 08:00:00 +0000\nSubject: {subject}\nMessage-ID: <1@sender.example>\n"
    if fields:
        head += "TLS-Report-Domain: example.org\nTLS-Report-Submitter: sender.example\n"
    return (head + "MIME-Version: 1.0\n" + type + "\n" + body).replace("\n", "\r\n").encode()


def parts(text):
    data = base64.encodebytes(GOOD.encode()).decode()
    return f"--limit\nContent-Type: text/plain\n\n{text}\n--limit\nContent-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n\n{data}\n--limit--\n"


def messages():
    """Text, h=, canonicalization of the header and of the body, and whether a report is in it that is the signer's."""
    yield mail(REPORT, parts("A report.\n" + EVIL)), GOOGLE, b"relaxed", b"relaxed", True
    yield mail(REPORT, parts("A report.\n\n" + CODED_EVIL)), GOOGLE, b"simple", b"simple", True
    yield mail(REPORT, parts("A report.\n" + EVIL), fields=False), TYPED, b"relaxed", b"relaxed", True
    yield mail("Content-Type: application/tlsrpt+json\n", GOOD + "\n"), TYPED, b"relaxed", b"simple", True
    yield mail("Content-Type: application/tlsrpt+json\nContent-Transfer-Encoding: base64\n", base64.encodebytes(GOOD.encode()).decode()), CODED, b"simple", b"relaxed", True
    # What a stranger wrote, as services sign it: in a text, as all of it, in a part, under a title of his.
    yield mail("Content-Type: text/plain\n", "Somebody wrote:\n\n" + EVIL + "\nGood bye\n", "A comment", False), SERVICE, b"relaxed", b"relaxed", False
    yield mail("Content-Type: text/plain\n", EVIL, "A comment", False), SERVICE, b"relaxed", b"relaxed", False
    yield mail("Content-Type: text/plain\n", "Somebody wrote:\n\n" + EVIL, FORMAL, False), SERVICE, b"relaxed", b"relaxed", False
    yield mail("Content-Type: text/plain\n", report("evil") + "\n", "A comment", False), CODED, b"relaxed", b"relaxed", False
    yield mail('Content-Type: multipart/mixed; boundary="limit"\n', "--limit\nContent-Type: text/plain\n\nSomebody wrote:\n\n" + report("evil") + "\n--limit--\n", FORMAL, False), TYPED, b"relaxed", b"relaxed", False
    yield mail("Content-Type: text/plain\n", base64.encodebytes(report("evil").encode()).decode(), FORMAL, False), TYPED, b"relaxed", b"relaxed", False


def literal(data):
    lines = data.decode().replace("\\", "\\\\").replace('"', '\\"').split("\r\n")
    return "\n".join(f'\t"{line}\\r\\n"' for line in lines[:-1]) + (f'\n\t"{lines[-1]}"' if lines[-1] else "")


def main():
    dkim.time.time = lambda: 1700000000
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "1024"], check=True, capture_output=True)
        public = base64.b64encode(subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout).decode()
        with open(path, "rb") as f:
            key = f.read()
    print("/* Made by sign_messages.py. */\n/* clang-format off */\n#ifndef TESTS_FUZZ_SIGNED_MESSAGES_H\n#define TESTS_FUZZ_SIGNED_MESSAGES_H\n\n#include <stdbool.h>\n")
    print(f'#define SIGNED_KEY "v=DKIM1; k=rsa; p={public}"\n\nstatic const char signed_report[] ={literal(GOOD.encode())};\n')
    print("struct signed_message {\n\tconst char *text;\n\tbool is_report; /* the signer's own */\n};\n\nstatic const struct signed_message signed_messages[] = {")
    for data, headers, head, body, good in messages():
        data = dkim.sign(data, b"sel", b"sender.example", key, canonicalize=(head, body), include_headers=headers) + data
        print(f"\t{{\n{literal(data)},\n\t{'true' if good else 'false'}}},")
    print("};\n\n#endif")


main()
