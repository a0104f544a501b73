"""What the tests of packages share: a fresh Debian in a folder, the package as it is built from the sources here, and a machine that boots."""
import atexit, contextlib, glob, json, os, re, shutil, signal, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Skip, children_of, need
from sources import SOURCE, copy_source, do


def host_suite():
    """The Debian that runs here: what is built here runs in a fresh one of the same."""
    with open("/etc/os-release") as f:
        fields = dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)
    if fields.get("ID") != "debian" or "VERSION_CODENAME" not in fields:
        raise Skip("this is no release of Debian")
    return fields["VERSION_CODENAME"]


# What the packages need that a machine boots with: no archive is in its reach.
MACHINE_PACKAGES = ["systemd", "systemd-sysv", "dbus", "ca-certificates", "curl", "dovecot-imapd", "dns-root-data"]


# How this machine compiles is no concern of that one.
LEFT_BEHIND = [word for name in ("CC", "CFLAGS", "CMAKE_C_COMPILER_LAUNCHER", "LDFLAGS") for word in ("-u", name)]


class Root:
    """A fresh Debian in a folder."""

    def __init__(self, folder, suite=None, packages=()):
        self.folder = folder
        suite = suite or host_suite()
        done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--skip=cleanup/apt", *(["--include=" + ",".join(packages)] if packages else []), suite, folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Skip("no fresh Debian: " + (done.stderr.strip().splitlines() or ["mmdebstrap failed"])[-1])
        do("mount", "-t", "proc", "proc", self.path("proc"))
        atexit.register(self.close)

    def path(self, name):
        return os.path.join(self.folder, name.lstrip("/"))

    def command(self, *words, user=None):
        return ["chroot", *([f"--userspec={user}"] if user else []), self.folder, "env", *LEFT_BEHIND, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", *words]

    def do(self, *words, user=None, **more):
        return do(*self.command(*words, user=user), **more)

    def read(self, name):
        with open(self.path(name)) as f:
            return f.read()

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def mount_devices(self):
        """What programs want of /dev, all but the machine's own disks and terminals."""
        do("mount", "-t", "tmpfs", "-o", "mode=755,size=256M", "tmpfs", self.path("dev"))
        for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)):
            do("mknod", "-m", "666", self.path("dev/" + name), "c", str(major), str(minor))
        for name, to in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
            os.symlink("/proc/self/fd" + to, self.path("dev/" + name))
        os.mkdir(self.path("dev/shm"))
        os.chmod(self.path("dev/shm"), 0o1777)

    def files(self):
        return {name for name in self.do("dpkg-query", "-L", "tlsrpt").splitlines() if os.path.isfile(self.path(name))}

    def close(self):
        for name in ("dev", "proc"):
            subprocess.run(["umount", "-l", self.path(name)], capture_output=True)


def build_package(folder):
    """Builds the package from the sources; returns the .changes and the .deb."""
    source = os.path.join(folder, "tlsrpt")
    copy_source(source)
    do("dpkg-buildpackage", "-b", "-us", "-uc", f"-j{os.cpu_count()}", cwd=source, env={**os.environ, "DEB_BUILD_OPTIONS": "noddebs"})
    changes, = glob.glob(os.path.join(folder, "*.changes"))
    package, = glob.glob(os.path.join(folder, "tlsrpt_*.deb"))
    return changes, package


def build_package_there(root):
    """The same in another Debian, by the README's words; returns the .deb."""
    with open(os.path.join(SOURCE, "README.md")) as f:
        words = re.search(r"^apt-get install build-essential .*\ndpkg-buildpackage .*$", f.read(), re.M)[0]
    if not os.path.exists(root.path("src/tlsrpt")):
        copy_source(root.path("src/tlsrpt"))
    root.do("sh", "-ec", "cd /src/tlsrpt && rm -rf build var\n" + words.replace("apt-get ", "apt-get -y --no-install-recommends "))
    package, = glob.glob(root.path("src/tlsrpt_*.deb"))
    return package


def as_version(package, version, folder):
    """The same package with another version, as the one before it."""
    tree = os.path.join(folder, "repacked")
    do("dpkg-deb", "--raw-extract", package, tree)
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control) as f:
        lines = [f"Version: {version}\n" if line.startswith("Version:") else line for line in f]
    with open(control, "w") as f:
        f.writelines(lines)
    to = os.path.join(folder, f"tlsrpt_{version}.deb")
    do("dpkg-deb", "--root-owner-group", "-b", tree, to)
    shutil.rmtree(tree)
    return to


def own_cgroups(name):
    """New control groups, one in each hierarchy in which systemd keeps the processes of units."""
    with open("/proc/self/cgroup") as f:
        mine = {kind: path for _, kind, path in (line.rstrip("\n").split(":", 2) for line in f)}
    groups = []
    with open("/proc/self/mountinfo") as f:
        for line in f:
            (*_, folder), (type, _, options) = (part.split() for part in re.fullmatch(r"(\S+ \S+ \S+ \S+ \S+) .* - (.*)", line.rstrip("\n")).groups())
            kind = "" if type == "cgroup2" else "name=systemd" if type == "cgroup" and "name=systemd" in options.split(",") else None
            if kind in mine:
                groups.append(os.path.join(folder + mine[kind], name))
                with contextlib.suppress(OSError):
                    os.mkdir(groups[-1])
    return [group for group in groups if os.path.exists(os.path.join(group, "cgroup.procs"))]


def remove_cgroup(folder):
    for path, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)


class Machine:
    """A Debian that runs, with systemd as its first process and a network of its own; systemd-nspawn does it."""
    # Its own list of system calls lacks those of Landlock in Debian 12.
    LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
    BOOT_SECONDS = 60

    def __init__(self, root, landlock=True):
        need("systemd-nspawn", "nsenter")
        self.root, self.leader = root, None
        # Where no systemd runs there is nobody to register with.
        alone = [] if os.path.isdir("/run/systemd/system") else ["--register=no", "--keep-unit"]
        # Nor does anybody give it a control group. Two machines in one would take, and end, each other's units for their own.
        self.groups = own_cgroups(f"tlsrpt-{os.getpid()}") if alone else []
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["systemd-nspawn", *alone, "--quiet", "--directory=" + root.folder, f"--machine=tlsrpt-{os.getpid()}", "--boot", "--private-network",
                                         "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe",
                                         *(["--system-call-filter=" + self.LANDLOCK] if landlock else [])],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True, preexec_fn=self.enter_groups)
        atexit.register(self.close)
        until = time.time() + self.BOOT_SECONDS
        while not self.is_up():
            if self.process.poll() is not None or time.time() > until:
                self.close()
                self.log.seek(0)
                lines = self.log.read().decode(errors="replace").strip().splitlines()
                raise Skip("systemd-nspawn cannot boot a machine here: " + (lines or ["it does not come up"])[-1])
            time.sleep(0.2)

    def enter_groups(self):
        for group in self.groups:
            with open(os.path.join(group, "cgroup.procs"), "w") as f:
                f.write("0")

    def is_up(self):
        children = children_of(self.process.pid)
        self.leader = children[0] if children else None
        return self.leader is not None and self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def run(self, *words, input=None, seconds=120):
        """A command in the machine; what subprocess.run() returns."""
        command = ["nsenter", "--target", str(self.leader), "--all", "--", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *words]
        return subprocess.run(command, input=input, capture_output=True, text=True, timeout=seconds)

    def do(self, *words, fails=False, **more):
        done = self.run(*words, **more)
        if (done.returncode != 0) != fails:
            raise AssertionError(f"{words} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}\n{self.journal_text()[-4000:]}")
        return done.stdout + done.stderr

    def show(self, unit, name):
        return self.do("systemctl", "show", "--property", name, "--value", unit).strip()

    def wait_show(self, unit, name, wanted, seconds=60):
        until = time.time() + seconds
        while self.show(unit, name) != wanted:
            assert time.time() < until, f"{name} of {unit} is {self.show(unit, name)}, not {wanted}\n{self.journal_text()[-4000:]}"
            time.sleep(0.2)

    def pid(self, unit):
        return int(self.show(unit, "MainPID"))

    def outer_pid(self, unit):
        """The number that the unit's main process has out here."""
        inner = str(self.pid(unit))
        for other in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{other}/status") as f:
                numbers = next(line for line in f if line.startswith("NSpid:")).split()[1:]
                if len(numbers) > 1 and numbers[-1] == inner and os.readlink(f"/proc/{other}/ns/pid") == os.readlink(f"/proc/{self.leader}/ns/pid"):
                    return int(other)
        raise AssertionError(f"{unit} does not run")

    def journal(self):
        """Who said what with which priority; the newest last."""
        lines = [json.loads(line) for line in self.do("journalctl", "--output=json", "--no-pager", "--quiet").splitlines()]
        return [(line.get("_SYSTEMD_UNIT", line.get("UNIT", "")), int(line.get("PRIORITY", 6)), str(line.get("MESSAGE"))) for line in lines]

    def journal_text(self):
        return self.run("journalctl", "--no-pager", "--quiet", "-o", "short-monotonic", "-n", "60").stdout if self.leader else ""

    def wait_journal(self, words, after=0, seconds=30):
        until = time.time() + seconds
        while not any(words in text for _, _, text in self.journal()[after:]):
            assert time.time() < until, f"no \"{words}\" in\n{self.journal_text()[-4000:]}"
            time.sleep(0.2)

    def close(self):
        """Powers off, and does not wait for long."""
        if self.process.poll() is None and self.leader:
            self.run("systemctl", "poweroff", "--force")
        for how, seconds in ((None, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            if how and self.process.poll() is None:
                self.process.send_signal(how)
            try:
                self.process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        self.leader = None
        for group in self.groups:
            remove_cgroup(group)
