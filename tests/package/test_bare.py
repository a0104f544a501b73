#!/usr/bin/env python3
"""From the sources alone, in a Debian that has nothing yet: the package, by the README's words, and ./quickstart; in each release that is supported."""
import os, signal, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Skip, free_port, main, need
from debian import Root, build_package_there
from sources import copy_source


def listening():
    """What listens for TCP on this machine: the quickstart has no network of its own."""
    lines = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[3] for line in lines}


def quickstart(root):
    https, metrics = free_port(), free_port()
    log = root.path("src/quickstart.log")
    with open(log, "wb") as out:
        process = subprocess.Popen(root.command("sh", "-c", f"cd /src/tlsrpt && TLSRPT_HTTPS_PORT={https} TLSRPT_METRICS_PORT={metrics} exec ./quickstart"),
                                   stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        until = time.time() + 400
        while "Both programs run" not in open(log).read():
            assert process.poll() is None and time.time() < until, open(log).read()[-3000:]
            time.sleep(0.5)
        said = open(log).read()
        assert 'tlsrpt_window_failed_sessions{domain="example.com",policy_type="sts"} 2' in said, said[-3000:]
        ours = {address for address in listening() if address.endswith((f":{https}", f":{metrics}"))}
        assert ours == {f"127.0.0.1:{https}", f"127.0.0.1:{metrics}"}, ours
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
    assert "both programs have ended" in open(log).read()


def from_nothing(suite):
    if os.getuid() != 0:
        raise Skip("needs root")
    need("mmdebstrap", "git", "ss")
    with tempfile.TemporaryDirectory(prefix="tlsrpt-bare.") as folder:
        root = Root(os.path.join(folder, "root"), suite)
        try:
            copy_source(root.path("src/tlsrpt"))
            root.mount_devices()
            quickstart(root)
            package = build_package_there(root)
            root.do("apt-get", "install", "-y", "--no-install-recommends", "/src/" + os.path.basename(package))
            assert "tlsrpt-collector" in root.do("tlsrpt-collector", "--version")
            assert os.path.exists(root.path("lib/systemd/system/tlsrpt-collector.service"))
        finally:
            root.close()


def test_debian_12():
    from_nothing("bookworm")


def test_debian_13():
    from_nothing("trixie")


main()
