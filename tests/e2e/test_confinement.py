"""What each process cannot do any more. The builds with instruments leave the two long-running ones as they are: what is written at their end needs
files."""
import contextlib, os, signal, socket, time

from harness import Skip, instrumented, main, packed, report, setup
from mail import mail_setup, mailbox_section, maildir_files, message, put_in_maildir


def fields_of(process, task=None):
    """What /proc says of a process or of one of its threads."""
    with open(f"/proc/{process}/task/{task}/status" if task else f"/proc/{process}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def threads_of(s, name):
    process = s.programs[name].pid
    return [fields_of(process, task) for task in os.listdir(f"/proc/{process}/task")]


def reload(s, words):
    before = len(s.log("collector"))
    s.programs["collector"].send_signal(signal.SIGHUP)
    s.wait_log("collector", words, before)


def test_each_child_is_confined():
    if instrumented([b"__gcov_exit"]):
        raise Skip("this build counts what is reached")
    with mail_setup(records=lambda keys: {"sel._domainkey.sender.example": f"v=DKIM1; k=rsa; p={keys.public()}"}) as s:
        s.dovecot.put("reports", s.keys.sign(message("r1")))
        s.mailboxes(s.imap(interval="5s"))
        s.start("collector"), s.start("exporter")
        s.wait_value('tlsrpt_ingest_inputs_total{channel="imap",outcome="stored"}', 1)
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as status, open(f"/proc/{pid}/cmdline") as command:
                fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
                if fields["PPid"] == str(s.programs["collector"].pid):
                    found[command.read().split("\0")[1]] = fields
        # The one for the mailbox idles, those for messages and for keys wait for the next.
        assert set(found) == {"child-mailbox", "child-parse", "child-resolve"}, found
        for name, fields in found.items():
            assert fields["Seccomp"] == "2" and fields["NoNewPrivs"] == "1", (name, fields)
            assert "0000000000000000" == fields["CapEff"], name
        assert "confinement" not in s.log("collector")


def test_the_collector_is_confined():
    if instrumented():
        raise Skip("this build is instrumented")
    with mail_setup() as s:
        maildir = s.path("Maildir")
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(maildir, name))
        os.system(f"chown -R nobody {maildir}")
        s.start("collector"), s.start("exporter")
        for fields in threads_of(s, "collector"):
            assert fields["Seccomp"] == "2" and fields["NoNewPrivs"] == "1" and int(fields["CapPrm"], 16) == 0, fields
        assert s.post(packed(report()))[0] == 201
        s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 1)
        # What a reload asks for beyond what was kept is said, and does not happen. Reading needs nothing.
        def ask_for(after):
            s.mailboxes(mailbox_section("m", type="maildir", path=maildir, interval="1s", after=after))

        put_in_maildir(maildir, message("r1"))
        ask_for("keep")
        reload(s, "read again")
        s.wait_value('tlsrpt_ingest_inputs_total{channel="maildir",outcome="stored"}', 1)
        ask_for("delete")
        reload(s, "mailbox m needs rights that were given up at the start: it works after a restart only")
        # Not before: what is read while messages are kept is not looked at again at once.
        put_in_maildir(maildir, message("r2"))
        s.wait_log("collector", "Permission denied")
        assert len(maildir_files(maildir)) == 2
        s.mailboxes(mailbox_section("main", host="127.0.0.1", port=s.dovecot.imaps, user="reports", token_command="/bin/echo secret", ca_file=s.dovecot.ca))
        reload(s, "mailbox main needs rights that were given up")
        s.wait_log("collector", "token_command /bin/echo: Permission denied")
        s.stop("collector")
        ask_for("delete")
        s.start("collector")
        until = time.time() + 10
        while len(maildir_files(maildir)) == 2:
            assert time.time() < until
            time.sleep(0.1)


def test_the_exporter_is_confined():
    """Not in builds whose instruments need files at the end."""
    if instrumented():
        raise Skip("this build is instrumented")
    with setup() as s:
        s.start("collector"), s.start("exporter")
        assert s.post(packed(report()))[0] == 201
        s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 1)
        for fields in threads_of(s, "exporter"):
            assert fields["Seccomp"] == "2" and fields["NoNewPrivs"] == "1" and int(fields["CapPrm"], 16) == 0, fields
        # It reads its configuration again, and a store that took the place of the old one.
        s.config(common="domains = example.org, other.example\n")
        s.programs["exporter"].send_signal(signal.SIGHUP)
        s.wait_value('tlsrpt_config_last_reload_successful', 1)
        s.wait_value('tlsrpt_domain_verdict_code{domain="other.example"}', 0)
        assert s.value("process_open_fds") > 0 and s.value("process_max_fds") > 0 and s.value("process_resident_memory_bytes") > 0
        s.stop("collector")
        s.wait_value('tlsrpt_scrape_collector_success{collector="self"}', 1)
        s.stop("exporter")
        assert "confine" not in s.log("exporter")


def low_port(most):
    for port in range(most, 600, -1):
        with socket.socket(socket.AF_INET6) as s, contextlib.suppress(OSError):
            s.bind(("::", port))
            return port
    raise Skip("no port below 1024")


def test_a_capability_for_a_low_port_is_given_up():
    if os.getuid() != 0:
        raise Skip("needs root")
    with setup() as s:
        s.https = low_port(1023)
        s.metrics = low_port(s.https - 1)
        s.config()
        s.as_user = lambda command, user="nobody": ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=+net_bind_service",
                                                    "--ambient-caps=+net_bind_service", *command]
        s.start("collector"), s.start("exporter")
        assert s.post(packed(report()))[0] == 201
        assert s.page()
        for name in ("collector", "exporter"):
            for fields in threads_of(s, name):
                assert all(int(fields[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")), fields


def test_root_keeps_one_capability():
    """In a container that holds nothing else."""
    if os.getuid() != 0:
        raise Skip("needs root")
    with setup(collector="allow_root = yes\n") as s:
        s.as_user = lambda command, user="nobody": command
        s.start("collector")
        assert s.post(packed(report()))[0] == 201
        for fields in threads_of(s, "collector"):
            # CAP_DAC_OVERRIDE
            assert int(fields["CapPrm"], 16) == 2, fields


main()
