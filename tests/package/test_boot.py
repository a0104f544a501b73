#!/usr/bin/env python3
"""The package where it runs: installed in a Debian that boots with systemd as its first process, started by its units, reloaded, upgraded, removed.

One machine serves all tests, which run in their order. It is of the release that runs here, or of the one that TLSRPT_SUITE names."""
import functools, gzip, json, os, re, shutil, signal, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Skip, main, need, report
from mail import message
from debian import MACHINE_PACKAGES, Machine, Root, as_version, build_package, build_package_there, host_suite
from sources import SOURCE, do

COLLECTOR, EXPORTER, SOCKET = "tlsrpt-collector.service", "tlsrpt-exporter.service", "tlsrpt-collector.socket"
# Of these none may be said by a unit, nor by the kernel or systemd of one.
REFUSED = re.compile(r"Operation not permitted|Permission denied|SIGSYS|status=31|less confinement|not confined|a filter of system calls|Failed to set up|Unknown key|core-dump")

CONF = """domains = example.org
{common}
[collector]
{collector}
listen = 127.0.0.1:8443
certificate = /etc/tlsrpt/fullchain.pem
key = /etc/tlsrpt/privkey.pem
[exporter]
listen = 127.0.0.1:9817
"""
MAILBOX = """
[mailbox main]
type = imap
host = localhost
user = reports
password_credential = main
ca_file = /etc/tlsrpt/mail.pem
interval = 1s
after = seen
"""
DOVECOT = """protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = </etc/dovecot/test.pem
ssl_key = </etc/dovecot/test.key
mail_location = maildir:/srv/mail/%n
first_valid_uid = 1
auth_mechanisms = plain login
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/srv/mail/%n
}
"""
DOVECOT_24 = """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_server_cert_file = /etc/dovecot/test.pem
ssl_server_key_file = /etc/dovecot/test.key
mail_driver = maildir
mail_path = /srv/mail/%{user | username}
first_valid_uid = 1
auth_mechanisms = plain login
passdb static {
  password = secret
}
userdb static {
  fields {
    uid = nobody
    gid = nogroup
    home = /srv/mail/%{user | username}
  }
}
"""


class World:
    """The machine, both packages, and what an operator does there."""

    def __init__(self):
        if os.getuid() != 0:
            raise Skip("needs root")
        need("mmdebstrap", "openssl", "systemd-nspawn", "dpkg-deb", "dpkg-buildpackage", "git")
        self.folder = tempfile.TemporaryDirectory(prefix="tlsrpt-boot.")
        name = self.folder.name
        suite = os.environ.get("TLSRPT_SUITE", host_suite())
        self.new = build_package(name)[1] if suite == host_suite() else self.package_of(suite)
        self.old = as_version(self.new, "0.0.9-1", name)
        self.root = Root(os.path.join(name, "root"), suite, MACHINE_PACKAGES)
        # While there is an archive: what the package depends on.
        shutil.copy(self.new, self.root.path("root/new.deb"))
        shutil.copy(self.old, self.root.path("root/old.deb"))
        self.root.do("sh", "-c", "apt-get install -y --no-install-recommends /root/new.deb && dpkg --purge tlsrpt")
        self.root.do("systemctl", "disable", "dovecot")
        self.root.write("etc/hosts", "127.0.0.1 localhost\n")
        self.root.close()
        self.machine = Machine(self.root)
        self.seen = 0

    def package_of(self, suite):
        """Built where the libraries are those of that release."""
        builder = Root(os.path.join(self.folder.name, "builder"), suite)
        try:
            builder.mount_devices()
            return shutil.copy(build_package_there(builder), self.folder.name)
        finally:
            builder.close()

    def certificate(self, cert, key, name="localhost", group=None):
        with tempfile.TemporaryDirectory() as folder:
            do("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=" + name,
               "-addext", "subjectAltName=DNS:localhost", "-keyout", folder + "/k", "-out", folder + "/c")
            for source, to, mode in (("k", key, 0o640), ("c", cert, 0o644)):
                with open(os.path.join(folder, source)) as f:
                    self.root.write(to, f.read(), mode)
        if group:
            self.machine.do("chgrp", group, key)

    def configure(self, common="", sections="", collector=""):
        self.root.write("etc/tlsrpt/tlsrpt.conf", CONF.format(common=common, collector=collector) + sections)

    def drop_in(self, unit, text):
        self.root.write(f"etc/systemd/system/{unit}.d/test.conf", text)
        self.machine.do("systemctl", "daemon-reload")

    def no_drop_in(self, unit):
        shutil.rmtree(self.root.path(f"etc/systemd/system/{unit}.d"))
        self.machine.do("systemctl", "daemon-reload")

    def post(self, id, port=8443):
        self.root.write("root/report.json", json.dumps(report(id)))
        return self.machine.do("curl", "-sS", "--cacert", "/etc/tlsrpt/fullchain.pem", "-H", "Content-Type: application/tlsrpt+json", "--data-binary", "@/root/report.json",
                               "-o", "/dev/null", "-w", "%{http_code}", f"https://localhost:{port}/tlsrpt")

    def value(self, line):
        page = self.machine.do("curl", "-sS", "http://127.0.0.1:9817/metrics")
        found = re.search("^" + re.escape(line) + " (.*)$", page, re.M)
        return float(found[1]) if found else None

    def wait_value(self, line, wanted, seconds=60):
        until = time.time() + seconds
        while self.value(line) != wanted:
            assert time.time() < until, f"{line} is {self.value(line)}, not {wanted}\n{self.machine.journal_text()[-3000:]}"
            time.sleep(0.3)

    def new_lines(self):
        """What our units, and systemd about them, have said since the last call."""
        lines = self.machine.journal()
        fresh, self.seen = lines[self.seen:], len(lines)
        return [(unit, priority, text) for unit, priority, text in fresh if unit.startswith("tlsrpt-") or "tlsrpt" in text]

    def only(self, *expected):
        """No line of trouble but those."""
        lines = self.new_lines()
        refused = [text for _, _, text in lines if REFUSED.search(text) and not any(word in text for word in expected)]
        assert not refused, refused[:5]
        trouble = [text for _, priority, text in lines if priority <= 4 and not any(word in text for word in expected)]
        assert not trouble, trouble[:5]
        for word in expected:
            assert any(word in text for _, _, text in lines), f"nobody said \"{word}\" in {lines[-9:]}"

    def members(self, unit):
        """The processes of a unit."""
        listed = self.machine.do("systemctl", "status", "--no-pager", "--lines=0", unit)
        return [int(pid) for pid in re.findall(r"[├└]─\s*(\d+) ", listed)]

    def status_of(self, pid):
        fields = self.machine.do("cat", f"/proc/{pid}/status")
        return dict(line.split(":\t", 1) for line in fields.splitlines() if ":\t" in line)


@functools.cache
def world():
    try:
        return World()
    except Skip as why:
        return why


def at_work():
    w = world()
    if isinstance(w, Skip):
        raise w
    # What the test before has left unread, and the starts that count towards systemd's limit of five in ten seconds.
    w.new_lines()
    w.machine.run("systemctl", "reset-failed", COLLECTOR, EXPORTER)
    return w


def test_both_units_come_up_confined_and_say_nothing_wrong():
    w = at_work()
    m = w.machine
    m.do("dpkg", "-i", "/root/old.deb")
    # Nothing is enabled before somebody has named a domain and a certificate.
    assert m.run("systemctl", "is-enabled", COLLECTOR).stdout.strip() == "disabled"
    w.certificate("etc/tlsrpt/fullchain.pem", "etc/tlsrpt/privkey.pem")
    m.do("chgrp", "tlsrpt", "/etc/tlsrpt/privkey.pem")
    w.configure()
    w.new_lines()
    m.do("systemctl", "enable", "--now", COLLECTOR, EXPORTER)
    # They are ready when start returns.
    assert w.post("id-1") == "201"
    w.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 1)
    started, now = w.value("process_start_time_seconds"), time.time()
    assert now - 600 < started < now + 5, (started, now)
    assert all(w.value("process_" + name) > 0 for name in ("open_fds", "max_fds", "resident_memory_bytes")), m.do("curl", "-sS", "http://127.0.0.1:9817/metrics")
    for unit in (COLLECTOR, EXPORTER):
        for pid in w.members(unit):
            status = w.status_of(pid)
            assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", status
            assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")), status
            assert re.search(r"Max core file size\s+0\s+0 ", m.do("cat", f"/proc/{pid}/limits"))
        assert m.show(unit, "NRestarts") == "0"
    w.only()


def test_a_mailbox_reads_its_password_from_a_credential():
    w = at_work()
    m = w.machine
    w.certificate("etc/dovecot/test.pem", "etc/dovecot/test.key")
    shutil.copy(w.root.path("etc/dovecot/test.pem"), w.root.path("etc/tlsrpt/mail.pem"))
    w.root.write("etc/dovecot/dovecot.conf", DOVECOT_24 if m.do("dovecot", "--version").startswith("2.4") else DOVECOT)
    m.do("mkdir", "-p", "/srv/mail/reports/new", "/srv/mail/reports/cur", "/srv/mail/reports/tmp")
    w.root.write("srv/mail/reports/new/1.M1P1.host", message("id-mail").decode())
    m.do("chown", "-R", "nobody:nogroup", "/srv/mail")
    m.do("systemctl", "start", "dovecot")
    w.root.write("etc/tlsrpt/main.password", "secret\n", 0o600)
    w.drop_in(COLLECTOR, "[Service]\nLoadCredential=main:/etc/tlsrpt/main.password\n")
    w.configure(sections=MAILBOX)
    m.do("systemctl", "restart", COLLECTOR)
    w.wait_value('tlsrpt_ingest_inputs_total{channel="imap",outcome="stored"}', 1)
    for pid in w.members(COLLECTOR):
        status = w.status_of(pid)
        assert status["Seccomp"] == "2" and int(status["CapPrm"], 16) == 0, status
    assert len(w.members(COLLECTOR)) >= 2
    # At a shell, as collector/mailbox/README.md says, and with the command that is named where there is none.
    m.do("systemctl", "stop", COLLECTOR)
    assert "-p LoadCredential=main:PATH" in m.do("tlsrpt-collector", "poll", "main", fails=True)
    assert "main: 0 messages stored" in m.do(*"systemd-run --pipe --wait -p User=tlsrpt -p Group=tlsrpt -p LoadCredential=main:/etc/tlsrpt/main.password tlsrpt-collector poll main".split())
    m.do("systemctl", "start", COLLECTOR)
    w.only()


def test_a_reload_takes_a_new_certificate_and_refuses_a_wrong_configuration():
    w = at_work()
    m = w.machine
    pid = m.pid(COLLECTOR)
    w.certificate("etc/tlsrpt/fullchain.pem", "etc/tlsrpt/privkey.pem", "renewed")
    m.do("chgrp", "tlsrpt", "/etc/tlsrpt/privkey.pem")
    m.do("systemctl", "reload", COLLECTOR)
    m.wait_journal("read again")
    # curl takes no other certificate than the one that is in the file.
    assert w.post("id-2") == "201"
    m.do("systemctl", "reload", EXPORTER)
    w.only()
    w.configure(common="no_such_key = 1", sections=MAILBOX)
    for unit in (COLLECTOR, EXPORTER):
        before = len(m.journal())
        m.do("systemctl", "reload", unit, fails=True)
        m.wait_journal("no_such_key", before)
        assert m.show(unit, "ActiveState") == "active"
    assert m.pid(COLLECTOR) == pid and w.post("id-3") == "201"
    w.configure(sections=MAILBOX)
    m.do("systemctl", "reload", COLLECTOR, EXPORTER)
    w.only("no_such_key", "Reload failed for")


def test_what_a_restart_cannot_cure_is_not_restarted():
    w = at_work()
    m = w.machine
    w.configure(common="no_such_key = 1", sections=MAILBOX)
    for unit in (COLLECTOR, EXPORTER):
        m.run("systemctl", "restart", unit)
        m.wait_show(unit, "ActiveState", "failed")
        assert m.show(unit, "ExecMainStatus") == "78"
    # Longer than RestartSec.
    time.sleep(7)
    for unit in (COLLECTOR, EXPORTER):
        assert m.show(unit, "ActiveState") == "failed" and m.show(unit, "NRestarts") == "0", unit
    w.configure(sections=MAILBOX)
    m.do("systemctl", "reset-failed", COLLECTOR, EXPORTER)
    m.do("systemctl", "start", COLLECTOR, EXPORTER)
    w.only("no_such_key", "Failed with result 'exit-code'", "Failed to start")


def test_what_dies_is_started_again():
    w = at_work()
    m = w.machine
    for unit in (COLLECTOR, EXPORTER):
        os.kill(m.outer_pid(unit), signal.SIGKILL)
        m.wait_show(unit, "NRestarts", "1")
        m.wait_show(unit, "ActiveState", "active")
    assert w.post("id-4") == "201"
    w.only("Failed with result 'signal'", "status=9/KILL")


def test_what_hangs_is_ended_and_started_again():
    w = at_work()
    m = w.machine
    # The mailbox's credential is in the drop-in that gives way.
    w.configure()
    for unit in (COLLECTOR, EXPORTER):
        # Long enough for a busy machine, shorter than the test's patience.
        w.drop_in(unit, "[Service]\nWatchdogSec=10\n")
        m.do("systemctl", "restart", unit)
        before = len(m.journal())
        hung = m.outer_pid(unit)
        os.kill(hung, signal.SIGSTOP)
        m.wait_journal(f"{unit}: Failed with result 'watchdog'", before, 120)
        m.wait_show(unit, "ActiveState", "active")
        assert m.outer_pid(unit) != hung and m.show(unit, "NRestarts") != "0"
        # It goes on telling systemd that it is well: longer than WatchdogSec.
        pid = m.pid(unit)
        time.sleep(12)
        assert m.pid(unit) == pid
        w.no_drop_in(unit)
    m.do("systemctl", "restart", COLLECTOR, EXPORTER)
    assert w.post("id-hung") == "201"
    w.only("Watchdog timeout (limit 10s)!", "Failed with result 'watchdog'", "status=6/ABRT")


def test_what_another_program_holds_is_waited_for():
    w = at_work()
    m = w.machine
    m.do("systemctl", "stop", COLLECTOR)
    m.do("systemctl", "reset-failed", COLLECTOR)
    holder = subprocess.Popen(["nsenter", "--target", str(m.leader), "--net", "--", sys.executable, "-c",
                               "import socket\ns = socket.create_server(('127.0.0.1', 8443))\nprint('held', flush=True)\ninput()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        m.run("systemctl", "start", COLLECTOR)
        # Starts that fail are no reason to give up: they come slower than systemd's limit of them.
        m.wait_show(COLLECTOR, "NRestarts", "3", 120)
        assert m.show(COLLECTOR, "ActiveState") == "activating"
    finally:
        holder.kill()
        holder.wait()
    m.wait_show(COLLECTOR, "ActiveState", "active")
    assert w.post("id-held") == "201"
    w.only("Failed with result 'exit-code'", "Failed to start", "Address already in use")


def submit(w, user, id):
    """What a mail pipe of that user does; the exit status, and what it said."""
    done = w.machine.run("runuser", "-u", user, "--", "tlsrpt-collector", "submit", input=message(id).decode())
    return done.returncode, done.stdout + done.stderr


def test_a_mail_pipe_submits_if_its_user_is_in_the_group():
    w = at_work()
    m = w.machine
    m.do("useradd", "--system", "--groups", "tlsrpt-submit", "pipe")
    code, said = submit(w, "pipe", "id-too-soon")
    assert code == 75, (code, said)
    w.configure(collector="submit = /run/tlsrpt/submit")
    m.do("systemctl", "restart", COLLECTOR)
    assert m.do("stat", "-c", "%A %U %G", "/run/tlsrpt/submit").strip() == "srw-rw---- tlsrpt tlsrpt-submit"
    # Who has nothing but the group, as Postfix runs it, and who has it beside another.
    for user in ("tlsrpt-submit", "pipe"):
        code, said = submit(w, user, "id-by-" + user)
        assert (code, said) == (0, "stored\n"), (user, code, said)
    w.wait_value('tlsrpt_ingest_inputs_total{channel="submit",outcome="stored"}', 2)
    code, said = submit(w, "nobody", "id-by-nobody")
    assert code == 75 and "must be in the group" in said, (code, said)
    assert "id-by-nobody" not in m.do("tlsrpt-collector", "reports")
    w.configure()
    m.do("systemctl", "restart", COLLECTOR)
    w.only()


def test_a_backup_is_made_and_put_back():
    w = at_work()
    m = w.machine
    with open(os.path.join(SOURCE, "schema/store/README.md")) as f:
        readme = f.read()
    backup, = re.findall(r"^(tlsrpt-collector backup .*?) +#.*\n(?:tlsrpt-collector check-store.*\n)", readme, re.M)
    restore, = re.findall(r"^rm -f /var/lib/tlsrpt/tlsrpt.db-wal .*\ninstall .*$", readme, re.M)
    before = m.do("tlsrpt-collector", "reports")
    m.do("sh", "-ec", backup)
    m.do("sh", "-ec", backup)
    assert m.do("stat", "-c", "%U %a", "/var/backups/tlsrpt/tlsrpt.db").split()[0] == "tlsrpt"
    assert w.post("id-after-backup") == "201"
    m.do("systemctl", "stop", COLLECTOR)
    m.do("sh", "-ec", restore)
    m.do("tlsrpt-collector", "check-store")
    m.do("systemctl", "start", COLLECTOR)
    assert m.do("tlsrpt-collector", "reports") == before
    # The exporter goes on with it.
    assert w.post("id-after-backup") == "201"
    w.wait_value('tlsrpt_ingest_inputs_total{channel="submit",outcome="stored"}', 2)
    m.do("rm", "/var/backups/tlsrpt/tlsrpt.db")
    w.only()


def test_a_collector_for_a_low_port_gives_its_capability_up():
    w = at_work()
    m = w.machine
    w.root.write("etc/tlsrpt/tlsrpt.conf", CONF.format(common="", collector="").replace("127.0.0.1:8443", "127.0.0.1:444"))
    # A user namespace's capability opens no port of the machine.
    w.drop_in(COLLECTOR, "[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nPrivateUsers=no\n")
    m.do("systemctl", "restart", COLLECTOR)
    assert w.post("id-5", 444) == "201"
    status = w.status_of(m.pid(COLLECTOR))
    assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")), status
    w.no_drop_in(COLLECTOR)
    w.configure()
    m.do("systemctl", "restart", COLLECTOR)
    w.only()


def test_the_socket_unit_hands_over_port_443():
    w = at_work()
    m = w.machine
    m.do("systemctl", "stop", COLLECTOR)
    m.do("systemctl", "enable", "--now", SOCKET)
    # The first who comes starts the collector.
    assert w.post("id-6", 443) == "201"
    assert m.show(COLLECTOR, "ActiveState") == "active"
    m.do("systemctl", "disable", "--now", SOCKET)
    m.do("systemctl", "restart", COLLECTOR)
    w.only()


def test_an_upgrade_keeps_the_store_and_restarts_what_ran():
    w = at_work()
    m = w.machine
    before = {unit: m.pid(unit) for unit in (COLLECTOR, EXPORTER)}
    stored = m.do("tlsrpt-collector", "reports").count("id-")
    assert stored >= 4
    m.do("dpkg", "--force-confold", "-i", "/root/new.deb")
    for unit, pid in before.items():
        m.wait_show(unit, "ActiveState", "active")
        assert m.pid(unit) not in (0, pid), unit
    assert w.post("id-7") == "201"
    assert m.do("tlsrpt-collector", "reports").count("id-") == stored + 1
    assert "127.0.0.1:8443" in w.root.read("etc/tlsrpt/tlsrpt.conf")
    w.only()


def test_removal_stops_both_and_a_purge_leaves_nothing():
    w = at_work()
    m = w.machine
    m.do("dpkg", "--remove", "tlsrpt")
    for unit in (COLLECTOR, EXPORTER):
        assert m.run("systemctl", "is-active", unit).stdout.strip() in ("inactive", "failed")
    assert os.path.exists(w.root.path("var/lib/tlsrpt/tlsrpt.db")) and os.path.exists(w.root.path("etc/tlsrpt/tlsrpt.conf"))
    # What the operator put beside it is his.
    for name in ("fullchain.pem", "privkey.pem", "mail.pem", "main.password"):
        os.unlink(w.root.path("etc/tlsrpt/" + name))
    m.do("dpkg", "--purge", "tlsrpt")
    left = do("find", *(w.root.path(name) for name in ("etc", "var/lib", "usr", "lib/systemd")), "-name", "*tlsrpt*", "-not", "-path", "*/journal/*", "-not", "-path", "*/systemd/coredump/*").split()
    left = [name[len(w.root.folder):] for name in left if not name.endswith("tlsrpt-collector.service.d")]
    assert left == [], left
    w.only()


main()
