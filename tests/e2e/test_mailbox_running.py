#!/usr/bin/env python3
"""Mailboxes of a running collector: each is read in its time, holds up no other, and ends when it is told to."""
from mail import *


def test_a_running_collector_has_the_mailbox():
    with mail_setup() as s:
        s.mailboxes(s.imap(interval="1s", idle="no"), s.imap("other", user="other", interval="1s"))
        s.start("collector"), s.start("exporter")
        s.dovecot.put("reports", message("r1"))
        s.wait_value('tlsrpt_ingest_inputs_total{channel="imap",outcome="stored"}', 1)
        # The other one idles, and has its lock.
        until = time.time() + 10
        while s.poll("other")[0] != 75:
            assert time.time() < until
            time.sleep(0.2)
        code, out, _ = s.poll("other")
        assert code == 75 and "busy" in out, out
        s.dovecot.put("other", message("r2"))
        s.wait_value('tlsrpt_ingest_inputs_total{channel="imap",outcome="stored"}', 2)
        page = s.page()
        for line in ('tlsrpt_mailbox_polls_total{mailbox="main"}', 'tlsrpt_mailbox_poll_failures_total{mailbox="other"} 0', 'tlsrpt_mailbox_pending_messages{mailbox="main"} 0',
                     'tlsrpt_mailbox_last_success_timestamp_seconds{mailbox="main"}', 'tlsrpt_mailbox_poll_duration_seconds{mailbox="main"}'):
            assert line in page, line
        # Another configuration: what is gone is forgotten.
        s.mailboxes(s.imap(interval="1s"))
        s.programs["collector"].send_signal(signal.SIGHUP)
        until = time.time() + 20
        while s.sql("SELECT count(*) FROM mailbox") != 1:
            assert time.time() < until
            time.sleep(0.1)
        s.dovecot.put("reports", message("r3"))
        s.wait_value('tlsrpt_ingest_inputs_total{channel="imap",outcome="stored"}', 3)
        start = time.time()
        s.stop("collector")
        assert time.time() - start < 8, "an idling mailbox holds up the stop"


def test_the_end_of_an_idle_connection_is_no_failure():
    with mail_setup() as s:
        s.mailboxes(s.imap(interval="1h"))
        s.start("collector")
        until = time.time() + 20
        while ask(s, "SELECT sum(polls) FROM mailbox") != 1:
            assert time.time() < until
            time.sleep(0.1)
        time.sleep(10.5)
        s.dovecot.end_connections()
        s.dovecot.put("reports", message("r1"))
        until = time.time() + 15
        while stored(s) != 1:
            assert time.time() < until, s.log("collector")
            time.sleep(0.1)
        assert "connecting again" in s.log("collector") and s.sql("SELECT poll_failures FROM mailbox") == 0
        # Each step is in the log, of the mailbox and of its process.
        steps = [line.split("mailbox main: ", 1)[1] for line in s.log("collector").splitlines() if "mailbox main: " in line]
        for step in ("resting -> starting: its process is started", "reading -> idling: the round is over", "its process is opening", "its process is listing",
                     "its process is fetching", "its process is idling"):
            assert step in steps, (step, steps)
        # New mail is seen at once, though the interval is an hour.
        s.dovecot.put("reports", message("r2"))
        until = time.time() + 10
        while stored(s) != 2:
            assert time.time() < until, s.log("collector")
            time.sleep(0.1)


def test_mailboxes_in_trouble_do_not_delay_others():
    with mail_setup() as s:
        silent = socket.create_server(("127.0.0.1", 0))
        refusing = free_port()
        s.dovecot.put("reports", message("r1"))
        s.mailboxes(s.imap("a-silent", host="127.0.0.1", port=silent.getsockname()[1], timeout="60s"), s.imap("b-refusing", host="127.0.0.1", port=refusing), s.imap("c-wrong", password_env="TLSRPT_WRONG", password_file=""),
                    s.imap("main"))
        s.start("collector", env={**os.environ, "TLSRPT_WRONG": "wrong"}), s.start("exporter")
        s.wait_value('tlsrpt_ingest_inputs_total{channel="imap",outcome="stored"}', 1, 10)
        s.wait_value('tlsrpt_mailbox_poll_failures_total{mailbox="b-refusing"}', 1, 10)
        s.wait_value('tlsrpt_mailbox_poll_failures_total{mailbox="c-wrong"}', 1, 15)
        assert "while connecting to 127.0.0.1" in s.log("collector") and "while logging in as reports" in s.log("collector")
        silent.close()


def test_a_stop_ends_what_was_begun():
    with mail_setup() as s:
        s.dovecot.put("reports", *[message(f"r{i}", contact=f"a@s{i // 50}.example", sender=f"s{i // 50}.example") for i in range(1000)])
        s.mailboxes(s.imap(after="move:Done"))
        s.start("collector")
        until = time.time() + 20
        while stored(s) < 50:
            assert time.time() < until
            time.sleep(0.02)
        start = time.time()
        s.stop("collector")
        assert time.time() - start < 9, "the stop waited for its last resort"
        done = len(s.dovecot.files("reports", ".Done"))
        assert 50 <= stored(s) == done < 1000, (stored(s), done)
        code, out, _ = s.poll()
        assert code == 0 and f"{1000 - done} messages stored" in out and stored(s) == 1000, out
        assert not s.rows("SELECT value FROM counter WHERE name = 'inputs' AND other = 'duplicate'")


main()
