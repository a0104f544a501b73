#!/usr/bin/env python3
"""The Debian package: built, looked at by lintian, installed in a fresh Debian, used there by its users, removed and purged."""
import contextlib, glob, os, re, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Setup, Skip, free_port, main, need, packed, report
from mail import message, put_in_maildir
from debian import Root, build_package
from sources import SOURCE, do


class Installed(Setup):
    """The programs in the fresh Debian, run there by their users, with the journal's form of log lines."""

    def __init__(self, root):
        self.root = root
        self.folder = root.path("etc/tlsrpt")
        self.programs = {}
        self.user = None
        self.https, self.plain, self.metrics = free_port(), free_port(), free_port()

    def begin(self, name, user):
        with open(self.path(name + ".log"), "wb") as log:
            self.programs[name] = subprocess.Popen([*self.root.command("JOURNAL_STREAM=8:1", "/usr/sbin/tlsrpt-" + name, user=user)], stdout=log, stderr=log)
        self.wait_log(name, "takes reports at" if name == "collector" else "answers at")


def with_rules(root, log):
    """Which lines logcheck would mail, of those that report trouble and of those that do not."""
    rules = [line for line in root.read("etc/logcheck/ignore.d.server/tlsrpt").splitlines() if line]
    mailed = {True: [], False: []}
    for name, line in log:
        level, text = re.fullmatch(r"<(\d)>(.*)", line).groups()
        line = f"Nov 25 19:24:01 host tlsrpt-{name}[123]: {text}"
        # As logcheck does it.
        ignored = subprocess.run(["grep", "-Eq", *[word for rule in rules for word in ("-e", rule)]], input=line, text=True).returncode == 0
        if not ignored:
            mailed[int(level) <= 4].append(text)
        else:
            assert int(level) > 4, f"logcheck would not mail {text}"
    return mailed


def use(root):
    s = Installed(root)
    said = root.do("tlsrpt-collector", "check-config", fails=True)
    assert "/etc/tlsrpt/tlsrpt.conf:" in said and "certificate" in said, said
    with tempfile.TemporaryDirectory() as lineage:
        do("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
           "-addext", "subjectAltName=DNS:localhost", "-keyout", lineage + "/privkey.pem", "-out", lineage + "/fullchain.pem")
        shutil.copytree(lineage, root.path("live"))
    root.do("RENEWED_LINEAGE=/live", "/usr/share/tlsrpt/certbot-deploy-hook")
    shutil.copy(root.path("etc/tlsrpt/fullchain.pem"), s.path("server.pem"))
    s.edit = lambda text: open(s.path("tlsrpt.conf"), "w").write(text)
    conf = root.read("etc/tlsrpt/tlsrpt.conf")
    s.edit(conf.replace("#listen = [::]:8443", f"listen = [::]:{s.https}").replace("#listen = 127.0.0.1:9817", f"listen = 127.0.0.1:{s.metrics}") +
           "\n[mailbox m]\ntype = maildir\npath = /var/lib/tlsrpt/m\ninterval = 1s\nafter = seen\n")
    root.do("mkdir", "-p", *(f"/var/lib/tlsrpt/m/{name}" for name in ("cur", "new", "tmp")), user="tlsrpt:tlsrpt")
    put_in_maildir(root.path("var/lib/tlsrpt/m"), message("id-3"), b"Subject: junk\n\njunk\n")
    assert "in order" in root.do("tlsrpt-collector", "check-config", user="tlsrpt:tlsrpt")
    try:
        s.begin("collector", "tlsrpt:tlsrpt")
        s.begin("exporter", "tlsrpt-exporter:tlsrpt")
        assert s.post(packed(report()))[0] == 201
        assert s.post(b"junk")[0] == 200
        with contextlib.suppress(OSError):
            s.raw(b"GET / HTTP/1.1\r\n\r\n", port=s.https, timeout=2)
        s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 1)
        s.wait_log("collector", "mailbox m ")
        # A verb run by root leaves the files the service's.
        assert "1 stored" in root.do("sh", "-c", "tlsrpt-collector import -", input=packed(report("id-2")).decode("latin-1"), encoding="latin-1")
        owners = {os.stat(name).st_uid for name in glob.glob(root.path("var/lib/tlsrpt/*"))}
        assert owners == {os.stat(root.path("var/lib/tlsrpt")).st_uid} and 0 not in owners, owners
        assert "example.org" in root.do("tlsrpt-exporter", "verdict", user="tlsrpt-exporter:tlsrpt", fails=True)
        s.programs["collector"].send_signal(1)
        s.wait_log("collector", "read again")
        s.stop("exporter"), s.stop("collector")
        mailed = with_rules(root, [(name, line) for name in ("collector", "exporter") for line in s.log(name).splitlines()])
        assert mailed == {True: [], False: []}, mailed
        # What is wrong is mailed.
        s.edit(conf.replace("fullchain.pem", "nothing.pem"))
        trouble = root.do("JOURNAL_STREAM=8:1", "/usr/sbin/tlsrpt-collector", user="tlsrpt:tlsrpt", fails=True)
        mailed = with_rules(root, [("collector", line) for line in trouble.splitlines()])
        assert len(mailed[True]) == 1 and "nothing.pem" in mailed[True][0], mailed
        # So is a fault of ours, whatever it is of.
        fault = ": unexpected transition from head to storing"
        assert with_rules(root, [("collector", f"<3>{of}{fault}") for of in ("submitted message 1", "mailbox m", "http 192.0.2.1", "intake https 192.0.2.1",
                                                                            "intake maildir mailbox m 1:2,S")])[False] == []
    finally:
        for process in s.programs.values():
            process.kill()
        for name in ("collector.log", "exporter.log", "server.pem", "fullchain.pem", "privkey.pem"):
            with contextlib.suppress(OSError):
                os.unlink(s.path(name))


def test_built_installed_used_and_removed():
    if os.getuid() != 0:
        raise Skip("needs root")
    need("dpkg-buildpackage", "lintian", "mmdebstrap", "git", "openssl")
    with tempfile.TemporaryDirectory(prefix="tlsrpt-package.") as folder:
        changes, package = build_package(folder)
        said = do("lintian", "--allow-root", "--fail-on", "error,warning", changes)
        assert said == "", said
        root = Root(os.path.join(folder, "root"))
        try:
            shutil.copy(package, root.path("tmp/tlsrpt.deb"))
            root.do("apt-get", "install", "-y", "--no-install-recommends", "/tmp/tlsrpt.deb")
            assert os.stat(root.path("var/lib/tlsrpt")).st_mode & 0o7777 == 0o2750
            assert os.stat(root.path("var/lib/tlsrpt")).st_uid == int(root.do("id", "-u", "tlsrpt"))
            assert root.do("id", "-gn", "tlsrpt-exporter").strip() == "tlsrpt"
            wanted = {"/usr/sbin/tlsrpt-collector", "/usr/sbin/tlsrpt-exporter", "/etc/tlsrpt/tlsrpt.conf", "/usr/share/man/man5/tlsrpt.conf.5.gz",
                      "/usr/share/man/man8/tlsrpt-collector.8.gz", "/usr/share/man/man8/tlsrpt-exporter.8.gz", "/lib/systemd/system/tlsrpt-collector.service",
                      "/lib/systemd/system/tlsrpt-collector.socket", "/lib/systemd/system/tlsrpt-exporter.service", "/usr/share/tlsrpt/grafana/rules/tlsrpt.alerts.yml",
                      "/usr/share/tlsrpt/grafana/generate.py", "/usr/share/tlsrpt/sieve/tlsrpt-submit", "/usr/share/tlsrpt/proxy/nginx.conf",
                      "/usr/share/bash-completion/completions/tlsrpt-collector", "/etc/logcheck/ignore.d.server/tlsrpt", "/usr/share/doc/tlsrpt/changelog.gz",
                      "/usr/share/tlsrpt/certbot-deploy-hook"}
            assert wanted <= root.files(), wanted - root.files()
            # The pages that README.md names, compressed where they are long.
            with open(os.path.join(SOURCE, "README.md")) as f:
                pages = {page for page in re.findall(r"\]\(([^)#]+README\.md)", f.read()) if not page.startswith("grafana/")}
            lost = {page for page in pages if not {f"/usr/share/doc/tlsrpt/{page}", f"/usr/share/doc/tlsrpt/{page}.gz"} & root.files()}
            assert pages and not lost, lost
            # Nothing is enabled before somebody has named a domain and a certificate.
            assert not glob.glob(root.path("etc/systemd/system/*.wants/tlsrpt*"))
            for program in ("collector", "exporter"):
                version = root.do("tlsrpt-" + program, "--version")
                assert re.fullmatch(r"tlsrpt-\w+ (\S+) \(\1-1\)\n", version), version
            use(root)
            root.do("apt-get", "remove", "-y", "tlsrpt")
            # The configuration and what was stored stay until a purge.
            assert os.path.exists(root.path("etc/tlsrpt/tlsrpt.conf")) and os.path.exists(root.path("var/lib/tlsrpt/tlsrpt.db"))
            assert not os.path.exists(root.path("usr/sbin/tlsrpt-collector"))
            root.do("apt-get", "purge", "-y", "tlsrpt")
            left = [name for name in (*glob.glob(root.path("var/lib/tlsrpt*")), *glob.glob(root.path("etc/tlsrpt*")), *glob.glob(root.path("usr/share/tlsrpt*")))]
            assert left == [], left
        finally:
            root.close()


main()
