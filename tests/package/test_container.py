#!/usr/bin/env python3
"""The Containerfile, built by buildah upon a fresh Debian in place of the registry's, and the image at work."""
import contextlib, os, signal, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Setup, Skip, free_port, main, need, packed, report
from sources import copy_source, do


def buildah(*words, **more):
    return do("buildah", *words, env={**os.environ, "STORAGE_DRIVER": "vfs"}, **more)


def base_image(folder):
    """Debian, as Debian's own mirror has it."""
    tar = os.path.join(folder, "base.tar")
    done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", tar], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip("no fresh Debian: " + (done.stderr.strip().splitlines() or ["mmdebstrap failed"])[-1])
    container = buildah("from", "scratch").strip()
    buildah("add", container, tar, "/")
    if subprocess.run(["buildah", "run", "--isolation", "chroot", container, "--", "true"], env={**os.environ, "STORAGE_DRIVER": "vfs"}, capture_output=True).returncode != 0:
        raise Skip("buildah cannot run anything here")
    buildah("commit", "--rm", container, "localhost/tlsrpt-base")


def descendants(process):
    children = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()
    return [one for child in children for one in (*descendants(child), int(child))]


class Contained(Setup):
    """Programs in a container on this machine's network."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="tlsrpt-container.")
        self.programs = {}
        self.user = None
        self.https, self.metrics = free_port(), free_port()
        self.certificate("server")
        with open(self.path("tlsrpt.conf"), "w") as f:
            f.write(f"domains = example.org\n[collector]\nlisten = [::]:{self.https}\ncertificate = /etc/tlsrpt/server.pem\nkey = /etc/tlsrpt/server.key\n"
                    f"[exporter]\nlisten = [::]:{self.metrics}\n")
        for name in ("server.key", "server.pem", "tlsrpt.conf"):
            os.chmod(self.path(name), 0o644)
        os.chmod(self.folder, 0o755)
        # That of a volume, which the image makes.
        os.mkdir(self.path("store"))
        os.chown(self.path("store"), 999, 999)

    def begin(self, name, user, *command):
        mounts = ["-v", f"{self.folder}:/etc/tlsrpt:ro", "-v", f"{self.path('store')}:/var/lib/tlsrpt"]
        container = buildah("from", "localhost/tlsrpt-test").strip()
        with open(self.path(name + ".log"), "wb") as log:
            self.programs[name] = subprocess.Popen(["buildah", "run", "--isolation", "chroot", "--user", user, *mounts, container, "--", *command], stdout=log, stderr=log,
                                                   env={**os.environ, "STORAGE_DRIVER": "vfs"})
        self.wait_log(name, "takes reports at" if name == "collector" else "answers at", seconds=60)


def test_image():
    if os.getuid() != 0:
        raise Skip("needs root")
    need("buildah", "mmdebstrap", "git")
    with tempfile.TemporaryDirectory(prefix="tlsrpt-container.") as folder:
        base_image(folder)
        copy_source(os.path.join(folder, "source"))
        buildah("bud", "--isolation", "chroot", "--build-arg", "BASE=localhost/tlsrpt-base", "-t", "localhost/tlsrpt-test", ".", cwd=os.path.join(folder, "source"))
        s = Contained()
        try:
            s.begin("collector", "tlsrpt", "tlsrpt-collector")
            s.begin("exporter", "tlsrpt-exporter:tlsrpt", "tlsrpt-exporter")
            assert s.post(packed(report()))[0] == 201
            s.wait_value('tlsrpt_ingest_inputs_total{channel="https",outcome="stored"}', 1)
        except BaseException:
            for name in ("collector", "exporter"):
                sys.stderr.write(f"--- {name}.log\n{s.log(name)[-3000:]}\n")
            raise
        finally:
            # Killing what runs the container would leave what runs in it.
            for program in s.programs.values():
                for process in descendants(program.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGTERM)
                program.wait(30)
            s.close()
            for words in (("rm", "--all"), ("rmi", "localhost/tlsrpt-test", "localhost/tlsrpt-base")):
                subprocess.run(["buildah", *words], env={**os.environ, "STORAGE_DRIVER": "vfs"}, capture_output=True)


main()
