#!/usr/bin/env python3
"""Messages a second: parsed alone, from a Maildir, and from a real Dovecot over IMAPS, beside the floor of
reading the same bytes. Unsigned ones, so that no DNS is measured.

    tests/bench/bench_mail.py [MESSAGES]      (5000; needs root for Dovecot, and a release build)
"""
import os, sys, time
root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
release = os.path.join(root, "build/release")
os.environ.setdefault("TLSRPT_COLLECTOR", release + "/collector/tlsrpt-collector")
os.environ.setdefault("TLSRPT_EXPORTER", release + "/exporter/tlsrpt-exporter")
sys.path.insert(0, os.path.join(root, "tests/e2e"))
from mail import *

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 5000


def one(i):
    return message(f"r{i}", contact=f"a@s{i // 50}.example", sender=f"s{i // 50}.example")


def cpu():
    t = os.times()
    return t.children_user + t.children_system


def poll(s, what, floor):
    start, used = time.time(), cpu()
    code, out, err = s.poll()
    seconds, used = time.time() - start, cpu() - used
    assert code == 0 and f"{COUNT} messages stored" in out, (out, err)
    print(f"{what}: {COUNT / seconds:.0f} messages/s, {used / COUNT * 1e6:.0f} us CPU a message in all our processes, {seconds / floor:.0f} times the floor")


def floor(path):
    """All files, from the page cache as the others have them."""
    start = time.time()
    size = 0
    for sub in ("new", "cur"):
        for entry in os.scandir(os.path.join(path, sub)):
            with open(entry.path, "rb") as f:
                size += len(f.read())
    return time.time() - start, size


with mail_setup() as s:
    path = s.path("md")
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, sub))
    put_in_maildir(path, *[one(i) for i in range(COUNT)])
    s.own()
    s.mailboxes(mailbox_section("main", type="maildir", path=path))
    print(subprocess.run([release + "/tests/bench/bench_mail", s.path("tlsrpt.conf"), path + "/new", "3"], check=True, capture_output=True).stdout.decode(), end="")
    seconds, size = floor(path)
    print(f"floor, reading {COUNT} files of {size // COUNT} bytes: {COUNT / seconds:.0f} messages/s")
    poll(s, "Maildir, kept", seconds)
    os.remove(s.path("store/tlsrpt.db"))
    s.mailboxes(mailbox_section("main", type="maildir", path=path, after="move:Done"))
    poll(s, "Maildir, moved", seconds)
    for after in ("keep", "move:Done"):
        os.remove(s.path("store/tlsrpt.db"))
        user = "keep" if after == "keep" else "move"
        s.dovecot.put(user, *[one(i) for i in range(COUNT)])
        s.mailboxes(s.imap(user=user, after=after))
        poll(s, f"IMAPS, {after}", seconds)
