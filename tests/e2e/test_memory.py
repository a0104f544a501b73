#!/usr/bin/env python3
"""Memory that runs out, at an allocation early or late, in every process: it ends, or says no; nothing that was answered is lost, and with memory
again all goes on. Where sanitizers have the allocator nothing can be tried."""
import contextlib, glob, os, shutil, signal, subprocess, urllib.error

from harness import LONG, Skip, instrumented, main, packed, report, setup
from mail import mail_setup, mailbox_section, maildir_files, message, put_in_maildir

# The one that fails, and all after it.
STEPS = sorted({round(1.25 ** n) for n in range(46)} if LONG else {round(2.2 ** n) for n in range(13)})


def records(keys):
    return {"sel._domainkey.sender.example": f"v=DKIM1; s=tlsrpt; p={keys.public()}"}


class Memory:
    """The library that fails, in the folder of a setup."""

    def __init__(self, s):
        library = os.environ.get("TLSRPT_FAILING_MEMORY", "")
        if instrumented() or not os.path.exists(library):
            raise Skip("this build is instrumented")
        self.s = s
        shutil.copy(library, s.path("failing_memory.so"))
        self.before = ["env", "LD_PRELOAD=" + s.path("failing_memory.so")]

    def fail(self, word, number):
        with open(self.s.path("failing_memory"), "w") as f:
            f.write(f"{word} {number}\n")

    def enough(self):
        os.remove(self.s.path("failing_memory"))


def is_consistent(s):
    assert s.run("collector", "check-store")[0] == 0
    ids = [r[0] for r in s.rows("SELECT report_id FROM report")]
    assert len(ids) == len(set(ids)) == s.sql("SELECT sum(successes) FROM day_sum"), ids
    return set(ids)


def test_children():
    for role in ("child-parse", "child-resolve", "child-mailbox"):
        with mail_setup(dovecot=False, records=records) as s:
            memory = Memory(s)
            path = s.path("md")
            for sub in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(path, sub))
            s.mailboxes(mailbox_section("main", type="maildir", path=path, after="delete", failed="move:Broken"))
            s.own()
            wanted, ends = set(), set()
            for step in STEPS:
                wanted.add(f"r{step}")
                put_in_maildir(path, s.keys.sign(message(f"r{step}", successes=1)))
                memory.fail(role, step)
                code, out, err = s.run("collector", "poll", before=memory.before)
                # 75 and 69: not now, the messages stay.
                assert code in (0, 65, 69, 75), (role, step, code, out, err)
                ends.add(code)
            memory.enough()
            assert s.run("collector", "poll", before=memory.before)[0] == 0
            assert not maildir_files(path)
            # What killed its reader twice is kept in the ledger; it is taken in again from there.
            refused = len(maildir_files(path + "/.Broken"))
            code, out, err = s.run("collector", "reparse")
            assert code in (0, 65), (code, out, err)
            assert is_consistent(s) == wanted, (role, wanted - is_consistent(s))
            print(f"        {role}: {len(STEPS)} steps, exit statuses {sorted(ends)}, {refused} messages by way of the ledger")


def test_verbs():
    with setup() as s:
        memory = Memory(s)
        os.mkdir(s.path("reports"))
        s.own()
        wanted, ends = set(), set()
        for step in STEPS:
            wanted.add(f"r{step}")
            with open(s.path(f"reports/r{step}.json.gz"), "wb") as f:
                f.write(packed(report(id=f"r{step}", successes=1)))
            for verb in (("import", s.path("reports")), ("reports",), ("check-store",), ("backup", s.path(f"store/copy{step}.db"))):
                memory.fail("/collector", step)
                code, out, err = s.run("collector", *verb, before=memory.before)
                assert code in (0, 64, 65, 69, 70, 71, 73, 74, 75, 78, 127, -signal.SIGABRT), (verb, step, code, out, err)
                assert code == 0 or err, (verb, step, code)
                ends.add(code)
            memory.fail("/exporter", step)
            code, out, err = s.run("exporter", "verdict", before=memory.before)
            assert code in (0, 1, 2, 64, 69, 70, 71, 74, 75, 78, 127, -signal.SIGABRT), (step, code, out, err)
        memory.enough()
        assert s.run("collector", "import", s.path("reports"))[0] == 0
        assert is_consistent(s) == wanted
        assert -signal.SIGABRT in ends
        print(f"        {len(STEPS)} steps, exit statuses {sorted(ends)}")


def test_the_collector_while_it_serves():
    with setup() as s:
        memory = Memory(s)
        s.own()
        answered, ends = set(), set()
        for step in STEPS + [STEPS[-1] * 2, STEPS[-1] * 3]:
            memory.fail("/collector", step)
            process = s.start("collector", wait=False, before=memory.before)
            for number in range(40):
                with contextlib.suppress(OSError, urllib.error.URLError):
                    if s.post(packed(report(id=f"r{step}-{number}", contact=f"a@s{step}.example", successes=1)))[0] == 201:
                        answered.add(f"r{step}-{number}")
                if process.poll() is not None:
                    break
            process.terminate()
            ends.add(process.wait(30))
        memory.enough()
        # It ends by itself, says no, or has no say: a fault in a library it is not.
        assert ends <= {0, 64, 69, 71, 74, 75, 78, 127, -signal.SIGABRT, -signal.SIGTERM}, ends
        stored = is_consistent(s)
        assert answered <= stored, answered - stored
        assert "out of memory" in s.log("collector")
        s.start("collector")
        assert s.post(packed(report(id="after", successes=1)))[0] == 201
        print(f"        exit statuses {sorted(ends)}, {len(answered)} answered")


main()
