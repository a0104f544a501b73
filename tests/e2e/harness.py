"""What the end-to-end tests share: both real programs in a folder of their own, run as an ordinary user, with real
certificates, and clients that speak HTTP by hand where curl would be too polite.

A test is a script that imports this, defines functions named test_..., and calls main(). The programs' paths come from
TLSRPT_COLLECTOR and TLSRPT_EXPORTER; TLSRPT_LONG=ON asks for all rounds."""
import contextlib, datetime, glob, gzip, json, os, pwd, re, shutil, signal, socket, sqlite3, ssl, subprocess, sys, tempfile, time, traceback
import urllib.request

SKIPPED = 77
LONG = os.environ.get("TLSRPT_LONG") == "ON"
DAY = 86400


class Skip(Exception):
    pass


class Ports:
    """Ports that nothing else takes before a server does: from below those that the kernel hands out by itself, and of a block
    whose first port this process listens on, so that another test takes another block."""
    BLOCK = 200
    BLOCKS = range(10000, 32000, BLOCK)

    def __init__(self):
        for first in self.BLOCKS:
            self.held = socket.socket()
            try:
                self.held.bind(("127.0.0.1", first))
                self.held.listen()
                break
            except OSError:
                self.held.close()
        else:
            raise AssertionError("every block of ports is taken")
        self.first, self.next = first, 0

    def take(self):
        for _ in range(self.BLOCK):
            self.next = self.next % (self.BLOCK - 1) + 1
            if self.is_free(self.first + self.next):
                return self.first + self.next
        raise AssertionError("every port of the block is taken")

    @staticmethod
    def is_free(port):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET6, kind) as s:
                try:
                    s.bind(("::", port))
                except OSError:
                    return False
        return True


PORTS = None


def free_port():
    """A port for TCP and UDP, IPv4 and IPv6."""
    global PORTS
    PORTS = PORTS or Ports()
    return PORTS.take()


def close_listener(server):
    """A thread that waits in accept() would wait on, and on the next one that gets the number of the descriptor."""
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()


def children_of(pid):
    """The numbers of the processes that this one started and that are its children still."""
    found = []
    for other in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{other}/stat") as f:
            if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(other))
    return found


def day(offset):
    """The UTC date so many days from today."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).date().isoformat()


def report(id="id-1", domain="example.org", when=-3, successes=40, failures=0, result=None, contact="tlsrpt@sender.example", organization="Sender"):
    policy = {"policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing", "mx: mx1.example.org", "max_age: 86400"],
                         "policy-domain": domain, "mx-host": ["mx1.example.org"]},
              "summary": {"total-successful-session-count": successes, "total-failure-session-count": failures}}
    if result:
        policy["failure-details"] = [{"result-type": result, "receiving-mx-hostname": "mx1.example.org", "failed-session-count": failures}]
    return {"organization-name": organization, "date-range": {"start-datetime": day(when) + "T00:00:00Z", "end-datetime": day(when) + "T23:59:59Z"},
            "contact-info": contact, "report-id": id, "policies": [policy]}


def packed(document):
    return gzip.compress(json.dumps(document).encode(), mtime=0)


def instrumented(words=(b"__asan_init", b"__tsan_init", b"__gcov_exit")):
    """Whether the programs are of a build with sanitizers or for coverage. Those of a package or a container are not."""
    if "TLSRPT_COLLECTOR" not in os.environ:
        return False
    with open(os.environ["TLSRPT_COLLECTOR"], "rb") as f:
        program = f.read()
    return any(word in program for word in words)


def limit_quarantine():
    """For the programs that a test measures: what was freed, AddressSanitizer keeps up to 256 MiB of. It would look like a leak, and hide one."""
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=16")))


def under(clock):
    """The words in front of a command that make it believe in a moment. After the change of user, or the faked clock's semaphore is another's."""
    if clock is None:
        return []
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries:
        raise Skip("faketime is missing")
    moment = datetime.datetime.fromtimestamp(clock, datetime.timezone.utc).strftime("@%Y-%m-%d %H:%M:%S")
    return ["env", "LD_PRELOAD=" + libraries[0], "FAKETIME=" + moment, "FAKETIME_DONT_FAKE_MONOTONIC=1", "TZ=UTC",
            "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"]


def first_domain(body):
    """The id of the domain in the first element of a packed body, as schema/store/body.h describes it; None: there is none."""
    at = 1

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = body[at]
            at, value, shift = at + 1, value | (byte & 0x7f) << shift, shift + 7
            if byte < 0x80:
                return value

    assert body[0] == 1, body
    if number() == 0:
        return None
    flags, at = body[at], at + 1
    if flags & 0x04:
        number()
    if flags & 0x08:
        at += number()
    return number() if flags & 0x10 else None


class Setup:
    """A folder with configuration, certificate and store, and the programs that run in it."""

    def __init__(self, collector="", exporter="", common="domains = example.org\n"):
        self.folder = tempfile.mkdtemp(prefix="tlsrpt-e2e.")
        self.programs = {}
        self.user = None
        if os.getuid() == 0:
            self.user = pwd.getpwnam("nobody")
        self.https, self.plain, self.metrics = free_port(), free_port(), free_port()
        for name in ("collector", "exporter"):
            path = os.environ["TLSRPT_" + name.upper()]
            # Where the build is may be closed to other users.
            shutil.copy(path, self.path(name))
        os.mkdir(self.path("store"))
        self.certificate("server")
        self.config(collector, exporter, common)
        self.own()

    def path(self, name):
        return os.path.join(self.folder, name)

    def own(self):
        if self.user:
            os.chmod(self.folder, 0o755)
            subprocess.run(["chown", "-R", "nobody", self.folder], check=True)

    def certificate(self, name, days=30, names="DNS:localhost,IP:127.0.0.1,IP:::1"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj", "/CN=" + name,
                        "-addext", "subjectAltName=" + names, "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem")], check=True, capture_output=True)

    def config(self, collector="", exporter="", common="domains = example.org\n"):
        with open(self.path("tlsrpt.conf"), "w") as f:
            f.write(f"store = {self.path('store/tlsrpt.db')}\nlog_level = debug\n{common}\n[collector]\nlisten = [::]:{self.https}\nlisten_plain = [::1]:{self.plain}\n"
                    f"certificate = {self.path('server.pem')}\nkey = {self.path('server.key')}\n{collector}\n"
                    f"[exporter]\nlisten = 127.0.0.1:{self.metrics}\n{exporter}\n")

    def as_user(self, command, user="nobody"):
        if not self.user:
            return command
        entry = pwd.getpwnam(user)
        return ["setpriv", "--reuid=%d" % entry.pw_uid, "--regid=%d" % entry.pw_gid, "--clear-groups"] + command

    def start(self, name, wait=True, user="nobody", log=None, clock=None, before=(), **more):
        path = self.path(log or name + ".log")
        log = open(path, "ab")
        written = os.path.getsize(path)
        process = subprocess.Popen(self.as_user([*under(clock), *before, self.path(name), "-c", self.path("tlsrpt.conf")], user), stderr=log, stdout=log, **more)
        self.programs[name] = process
        # It says so when all its ports are open. A probe of one would count as a client.
        ready = b"takes reports at" if name == "collector" else b"answers at"
        until = time.time() + 20
        while wait and ready not in open(path, "rb").read()[written:]:
            if process.poll() is not None:
                raise AssertionError(f"{name} ended with {process.returncode}: {self.log(name)}")
            assert time.time() < until, f"{name} is not ready: {self.log(name)}"
            time.sleep(0.05)
        return process

    def stop(self, name, how=signal.SIGTERM, wanted=0):
        process = self.programs.pop(name)
        process.send_signal(how)
        code = process.wait(30)
        assert how == signal.SIGKILL or code == wanted, f"{name} ended with {code}: {self.log(name)}"

    def run(self, name, *arguments, stdin=None, clock=None, before=()):
        """A verb; its exit status and what it printed."""
        done = subprocess.run(self.as_user([*under(clock), *before, self.path(name), "-c", self.path("tlsrpt.conf"), *arguments]), input=stdin, capture_output=True)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def log(self, name):
        with open(self.path(name + ".log"), errors="replace") as f:
            return f.read()

    def wait_log(self, name, words, after=0, seconds=20):
        """Until a program has said that, after so many bytes of its log."""
        until = time.time() + seconds
        while words not in self.log(name)[after:]:
            assert time.time() < until, f"no \"{words}\" in {self.log(name)[after:]}"
            time.sleep(0.05)

    def tls(self):
        return ssl.create_default_context(cafile=self.path("server.pem"))

    def post(self, body, headers=None, path="/tlsrpt", host="localhost", context=None):
        request = urllib.request.Request(f"https://{host}:{self.https}{path}", data=body, headers={"Content-Type": "application/tlsrpt+gzip", **(headers or {})}, method="POST")
        try:
            with urllib.request.urlopen(request, context=context or self.tls(), timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def raw(self, data, host="::1", port=None, timeout=20):
        """Sends bytes over plain HTTP and returns all that comes back until the server closes or is silent."""
        with socket.create_connection((host, port or self.plain), timeout) as s:
            s.sendall(data)
            got = b""
            s.settimeout(timeout)
            with contextlib.suppress(OSError):
                while True:
                    piece = s.recv(65536)
                    if not piece:
                        break
                    got += piece
                    if b"\r\n\r\n" in got and b"Connection: close" not in got:
                        head, _, rest = got.partition(b"\r\n\r\n")
                        length = re.search(rb"Content-Length: (\d+)", head)
                        if length and len(rest) >= int(length[1]) and b"100 Continue" not in head:
                            break
            return got

    def page(self, query="", headers=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.metrics}/metrics{query}", headers=headers or {})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    def value(self, line, query=""):
        found = re.search("^" + re.escape(line) + " (.*)$", self.page(query), re.M)
        return float(found[1]) if found else None

    def wait_value(self, line, wanted, seconds=20):
        until = time.time() + seconds
        while self.value(line) != wanted:
            assert time.time() < until, f"{line} is {self.value(line)}, not {wanted}"
            time.sleep(0.2)

    def rows(self, query):
        """With a function of SQL that says which domain a report's body names first."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path('store/tlsrpt.db')}?mode=ro", uri=True)) as db:
            db.create_function("first_domain", 1, first_domain)
            return db.execute(query).fetchall()

    def sql(self, query):
        return self.rows(query)[0][0]

    def close(self):
        for program in self.programs.values():
            # What is killed has not written what it counted.
            if instrumented([b"__gcov_exit"]):
                program.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.wait(10)
            program.kill()
            program.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def setup(**arguments):
    s = Setup(**arguments)
    try:
        yield s
    except BaseException:
        for name in ("collector", "exporter"):
            with contextlib.suppress(OSError):
                sys.stderr.write(f"--- {name}.log\n{s.log(name)[-3000:]}\n")
        raise
    else:
        with contextlib.suppress(OSError):
            assert "unexpected transition" not in s.log("collector"), re.findall(".*unexpected transition.*", s.log("collector"))
    finally:
        s.close()


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(f"{tool} is missing")


def main():
    module = sys.modules["__main__"]
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_")]
    wanted = sys.argv[1:]
    passed = failed = skipped = 0
    for name, test in tests:
        if wanted and name not in wanted:
            continue
        start = time.time()
        try:
            test()
            passed += 1
            print(f"ok      {name} ({time.time() - start:.1f} s)", flush=True)
        except Skip as why:
            skipped += 1
            print(f"skipped {name}: {why}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {name}", flush=True)
            traceback.print_exc()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else SKIPPED if skipped and not passed else 0)
