"""What the tests of mailboxes share: a real Dovecot with four certificates, a DNS server with keys, and messages that
are signed with dkimpy."""
import base64, contextlib, email.utils, functools, os, re, shutil, signal, subprocess, time
from harness import *

DNS_ZONE = "sender.example"


def message(id, domain="example.org", sender="sender.example", submitter=None, contact=None, headers="", name=None, received=None, body=None, date=None, **more):
    """A report as a reporter mails it (RFC 8460 section 5.3), as bytes with CR LF."""
    submitter = submitter or sender
    document = report(id=id, domain=domain or "example.org", contact=contact or "tlsrpt@" + sender, **more)
    if domain is None:
        del document["policies"][0]["policy"]["policy-domain"]
    data = base64.encodebytes(body if body is not None else packed(document)).decode()
    name = name or f"{submitter}!{domain or 'example.org'}!1!2.json.gz"
    came = email.utils.formatdate(time.time() if received is None else received)
    text = f"""Received: from mta.{sender} by mx.example.org; {came}
From: TLS reports <tlsrpt@{sender}>
To: tlsrpt@example.org
Date: {date or came}
Subject: Report Domain: {domain or 'example.org'} Submitter: {submitter} Report-ID: <{id}@{submitter}>
TLS-Report-Domain: {domain or 'example.org'}
TLS-Report-Submitter: {submitter}
Message-ID: <{id}@{sender}>
MIME-Version: 1.0
{headers}Content-Type: multipart/report; report-type=tlsrpt; boundary="limit"

--limit
Content-Type: text/plain

A report on TLS.
--limit
Content-Type: application/tlsrpt+gzip; name="{name}"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="{name}"

{data}
--limit--
"""
    return text.replace("\n", "\r\n").encode()


class Keys:
    """A key to sign with, and its records."""

    def __init__(self, folder):
        # Debian's, where another Python comes first.
        sys.path.append("/usr/lib/python3/dist-packages")
        try:
            import dkim
        except ImportError:
            raise Skip("python3-dkim is missing") from None
        self.dkim, self.folder = dkim, folder
        self.pem = self.make("rsa", 2048)

    def make(self, name, bits):
        path = os.path.join(self.folder, name + ".key")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, str(bits)], check=True, capture_output=True)
        with open(path, "rb") as f:
            return f.read()

    def public(self, name="rsa"):
        der = subprocess.run(["openssl", "rsa", "-in", os.path.join(self.folder, name + ".key"), "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        return base64.b64encode(der).decode()

    def sign(self, data, selector=b"sel", domain=b"sender.example", headers=(b"From", b"To", b"Subject", b"TLS-Report-Domain", b"TLS-Report-Submitter", b"MIME-Version", b"Content-Type"),
             key=None, **more):
        return self.dkim.sign(data, selector, domain, key or self.pem, canonicalize=(b"relaxed", b"simple"), include_headers=list(headers), **more) + data


class Dns:
    """unbound with records of its own and nothing else."""

    def __init__(self, folder, records, zone=None, silent=(), refused=()):
        self.port = free_port()
        lines = ["server:", f"interface: 127.0.0.1@{self.port}", "do-daemonize: no", 'chroot: ""', 'username: ""', "use-syslog: no", f'directory: "{folder}"',
                 f'pidfile: "{folder}/unbound.pid"', 'module-config: "iterator"', "verbosity: 1", 'local-zone: "." static', 'local-data: ". 60 IN NS localhost."']
        if zone:
            lines.append(f'local-zone: "{DNS_ZONE}." transparent')
        for name, text in records.items():
            pieces = " ".join(f'\\"{text[i:i + 200]}\\"' for i in range(0, len(text), 200))
            lines.append(f'local-data: \'{name}. 60 IN TXT {pieces}\''.replace('\\"', '"'))
        self.conf = os.path.join(folder, "unbound.conf")
        # Silent: their only server is not there. Refused: that is SERVFAIL to who asks us.
        dead = "".join(f'\nforward-zone:\n  name: "{name}"\n  forward-addr: 127.0.0.1@{free_port()}\n' for name in silent)
        lines += [f'local-zone: "{name}" transparent' for name in silent] + [f'local-zone: "{name}" always_refuse' for name in refused] + ["do-not-query-localhost: no"]
        with open(self.conf, "w") as f:
            f.write("\n".join(lines) + dead + (f'\nauth-zone:\n  name: "{DNS_ZONE}"\n  zonefile: "{zone}"\n  for-upstream: no\n' if zone else "") + "\nremote-control:\n  control-enable: no\n")
        self.log = open(os.path.join(folder, "unbound.log"), "ab")
        self.process = subprocess.Popen([shutil.which("unbound") or "/usr/sbin/unbound", "-d", "-c", self.conf], stdout=self.log, stderr=self.log)
        until = time.time() + 10
        while not udp_answers(self.port):
            assert self.process.poll() is None and time.time() < until, open(os.path.join(folder, "unbound.log")).read()
            time.sleep(0.05)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def udp_answers(port):
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x10\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)
        try:
            s.sendto(question, ("127.0.0.1", port))
            return bool(s.recv(512))
        except OSError:
            return False


# Where each certificate is served.
GOOD, SELF_SIGNED, EXPIRED, WRONG_HOST = "127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"


class Dovecot:
    """IMAP, POP3 and LMTP for any user with the password "secret"; mail lies in FOLDER/mail/USER."""

    def __init__(self, folder):
        need("openssl")
        self.folder = folder
        self.binary = shutil.which("dovecot") or "/usr/sbin/dovecot"
        if not os.path.exists(self.binary):
            raise Skip("dovecot is missing")
        if os.getuid() != 0:
            raise Skip("needs root to start Dovecot")
        self.imap, self.imaps, self.pop3, self.pop3s, self.lmtp = [free_port() for _ in range(5)]
        for sub in ("run", "state", "mail", "ca"):
            os.makedirs(self.path(sub), exist_ok=True)
        os.chmod(folder, 0o755)
        os.chmod(self.path("mail"), 0o777)
        self.certificates()
        with open(self.path("dovecot.conf"), "w") as f:
            f.write(self.conf())
        self.process = None
        self.start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def certificates(self):
        ca = self.path("ca")

        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=ca)

        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Test CA",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        with open(os.path.join(ca, "ca.cnf"), "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndir=.\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
                    "[p]\ncommonName=supplied\n" + "".join(f"[{name}]\nsubjectAltName={names}\nextendedKeyUsage=serverAuth\n" for name, names in self.names().items()))
        open(os.path.join(ca, "index.txt"), "w").close()
        with open(os.path.join(ca, "serial"), "w") as f:
            f.write("1000\n")
        for name in self.names():
            openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
            when = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"] if name == "expired" else ["-days", "30"]
            openssl("ca", "-batch", "-config", "ca.cnf", "-extensions", name, "-in", name + ".csr", "-out", name + ".pem", "-notext", *when)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "selfsigned.key", "-out", "selfsigned.pem", "-days", "30", "-subj", "/CN=x",
                "-addext", f"subjectAltName=IP:{SELF_SIGNED}")
        self.ca = self.path("ca/ca.pem")
        os.chmod(ca, 0o755)
        os.chmod(self.ca, 0o644)

    @staticmethod
    def names():
        return {"good": f"DNS:localhost,IP:127.0.0.1,IP:{GOOD}", "expired": f"IP:{EXPIRED}", "wrong": "DNS:other.example"}

    # Whose the mail is, and what LMTP does with it before it lies there.
    mail_user = 65534
    lmtp_plugin = None

    @functools.cached_property
    def version(self):
        """As numbers: 2.4 has other names than 2.3 for nearly everything."""
        said = subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(number) for number in re.match(r"(\d+)\.(\d+)", said).groups())

    def certificate_conf(self, name):
        if self.version >= (2, 4):
            return f"ssl_server_cert_file = {self.path('ca/' + name)}.pem\nssl_server_key_file = {self.path('ca/' + name)}.key\n"
        return f"ssl_cert = <{self.path('ca/' + name)}.pem\nssl_key = <{self.path('ca/' + name)}.key\n"

    def user_conf(self):
        """Who may log in, and where his mail lies."""
        mail = self.path("mail")
        if self.version >= (2, 4):
            return f"""
mail_driver = maildir
mail_path = {mail}/%{{user | username}}
auth_allow_cleartext = yes
auth_username_format = %{{user | username}}
passdb static {{
  password = secret
}}
userdb static {{
  fields {{
    uid = {self.mail_user}
    gid = {self.mail_user}
    home = {mail}/%{{user | username}}
  }}
}}
"""
        return f"""
mail_location = maildir:{mail}/%n
disable_plaintext_auth = no
auth_debug_passwords = yes
auth_username_format = %n
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={self.mail_user} gid={self.mail_user} home={mail}/%n
}}
"""

    def conf(self):
        new = self.version >= (2, 4)
        versions = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if new else ""
        plugins = "" if not self.lmtp_plugin else f"mail_plugins {{\n    {self.lmtp_plugin} = yes\n  }}" if new else f"mail_plugins = {self.lmtp_plugin}"
        locals_ = "".join(f"local {address} {{\n{self.certificate_conf(name)}}}\n" for address, name in ((SELF_SIGNED, "selfsigned"), (EXPIRED, "expired"), (WRONG_HOST, "wrong")))
        return f"""{versions}
base_dir = {self.path('run')}
state_dir = {self.path('state')}
log_path = {self.path('log')}
auth_verbose = yes
auth_verbose_passwords = plain
protocols = imap pop3 lmtp
listen = 127.0.0.1, {GOOD}, {SELF_SIGNED}, {EXPIRED}, {WRONG_HOST}
first_valid_uid = 1
mail_uid = {self.mail_user}
mail_gid = {self.mail_user}
auth_mechanisms = plain login
{self.user_conf()}
namespace inbox {{
  inbox = yes
  separator = /
}}
ssl = yes
ssl_min_protocol = TLSv1.2
{self.certificate_conf("good")}
{locals_}
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {self.pop3}
  }}
  inet_listener pop3s {{
    port = {self.pop3s}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    {'listen' if new else 'address'} = 127.0.0.1
    port = {self.lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
default_login_user = nobody
default_internal_user = dovecot
protocol imap {{
  mail_max_userip_connections = 200
}}
protocol lmtp {{
  {plugins}
  postmaster_address = postmaster@example.org
}}
"""

    def start(self):
        self.process = subprocess.Popen([self.binary, "-F", "-c", self.path("dovecot.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.time() + 15
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.imaps), 1).close()
                return
            assert self.process.poll() is None and time.time() < until, self.log()
            time.sleep(0.1)

    def log(self):
        with contextlib.suppress(OSError), open(self.path("log"), errors="replace") as f:
            return f.read()
        return ""

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def end_connections(self):
        """As a restart does, but that it answers all the time."""
        for child in children_of(self.process.pid):
            with contextlib.suppress(OSError), open(f"/proc/{child}/comm") as f:
                if f.read().strip() in ("imap", "imap-login"):
                    os.kill(child, signal.SIGTERM)

    def maildir(self, user):
        path = self.path("mail/" + user)
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(path, sub), exist_ok=True)
        subprocess.run(["chown", "-R", "nobody:nogroup", path], check=True)
        return path

    def put(self, user, *messages):
        put_in_maildir(self.maildir(user), *messages)

    def folders(self, user):
        """The names of the folders, as Dovecot itself reads them."""
        out = subprocess.run(["doveadm", "-c", self.path("dovecot.conf"), "mailbox", "list", "-u", user],
                             check=True, capture_output=True, text=True).stdout
        return set(out.splitlines())

    def files(self, user, folder=""):
        return maildir_files(os.path.join(self.path("mail/" + user), folder))


def ask(s, query):
    """A number, 0 while there is no store yet."""
    with contextlib.suppress(sqlite3.OperationalError):
        return s.sql(query)
    return 0


def stored(s):
    return ask(s, "SELECT count(*) FROM report")


put_count = 0


def put_in_maildir(path, *messages):
    global put_count
    for data in messages:
        put_count += 1
        name = f"{int(time.time())}.{put_count:06d}.test"
        with open(os.path.join(path, "tmp", name), "wb") as f:
            f.write(data)
        with contextlib.suppress(PermissionError):
            os.chown(os.path.join(path, "tmp", name), 65534, 65534)
        os.rename(os.path.join(path, "tmp", name), os.path.join(path, "new", name))


def maildir_files(path):
    return [os.path.join(path, sub, name) for sub in ("new", "cur") if os.path.isdir(os.path.join(path, sub)) for name in sorted(os.listdir(os.path.join(path, sub)))]


def mailbox_section(name, **keys):
    return f"\n[mailbox {name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())


class MailSetup(Setup):
    """A Setup with what mailboxes need, closed with it."""

    def __init__(self, dovecot=True, records=None, **more):
        super().__init__(**more)
        self.parts = []
        self.keys = None
        with open(self.path("password"), "w") as f:
            f.write("secret\n")
        self.dns = self.dovecot = None
        try:
            if records is not None:
                self.keys = Keys(self.folder)
                self.dns = Dns(self.folder, records(self.keys))
                self.parts.append(self.dns)
            if dovecot:
                os.mkdir(self.path("dovecot"))
                self.dovecot = Dovecot(self.path("dovecot"))
                self.parts.append(self.dovecot)
        except BaseException:
            self.close()
            raise
        for name in ("password",):
            os.chmod(self.path(name), 0o644)

    def mailboxes(self, *sections, mail="", common="domains = example.org\n"):
        """Writes the configuration anew."""
        dns = f"dns_servers = 127.0.0.1@{self.dns.port if self.dns else 9}\ndnssec = no\n"
        self.config(common=common, collector=f"[mail]\n{dns}{mail}" + "".join(sections))

    def imap(self, name="main", **keys):
        return mailbox_section(name, **{"host": GOOD, "port": self.dovecot.imaps, "user": "reports", "password_file": self.path("password"), "ca_file": self.dovecot.ca, **keys})

    def pop3(self, name="main", **keys):
        return self.imap(name, type="pop3", **{"port": self.dovecot.pop3s, **keys})

    def poll(self, *names):
        return self.run("collector", "poll", *names)

    def close(self):
        for part in self.parts:
            part.close()
        super().close()


@contextlib.contextmanager
def mail_setup(**arguments):
    s = MailSetup(**arguments)
    try:
        yield s
    except BaseException:
        for name in ("collector.log", "dovecot/log"):
            with contextlib.suppress(OSError), open(s.path(name), errors="replace") as f:
                sys.stderr.write(f"--- {name}\n{f.read()[-3000:]}\n")
        raise
    finally:
        s.close()
