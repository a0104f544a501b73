#!/usr/bin/env python3
"""On Debian 13, which has other versions of every library and of Dovecot: what ./check installs is there, the build says no word of warning, and tests pass."""
import os, re, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import Skip, main, need
from debian import Root, host_suite
from sources import copy_source

TESTS = "^(base|schema|collector|exporter)/|^e2e/(http|mail_pipes|mailbox|submit|verbs)$"
# The one that is not instrumented, and so gives up its rights.
RELEASE_TESTS = "^e2e/(confinement|http|mailbox)$"
# Without a network, and with ports that nobody else takes.
COMMANDS = """cd /src/tlsrpt
ip link set lo up
cmake --preset dev
cmake --build --preset dev -j "$(nproc)"
ctest --preset dev -j "$(($(nproc) * 2))" -R "$1" -E differential --output-on-failure
cmake --preset release
cmake --build --preset release -j "$(nproc)"
ctest --preset release -j "$(($(nproc) * 2))" -R "$2" --output-on-failure
"""


def run_there(root):
    """All that it said; if it failed, what of that is no news of success."""
    done = subprocess.run(["unshare", "--net", "--", *root.command("LC_ALL=C.UTF-8", "sh", "-ec", COMMANDS, "sh", TESTS, RELEASE_TESTS)], capture_output=True, text=True)
    if done.returncode != 0:
        told = re.sub(r"^(\[ *\d+%\] |-- | +Start +\d+: |.* Passed +[\d.]+ sec$).*\n", "", done.stdout, flags=re.M)
        raise AssertionError(f"ended with {done.returncode}:\n{told[-30000:]}{done.stderr[-4000:]}")
    return done.stdout + done.stderr


def test_what_is_built_there_passes_its_tests():
    if os.getuid() != 0:
        raise Skip("needs root")
    need("mmdebstrap", "git", "unshare")
    if host_suite() == "trixie":
        raise Skip("this is Debian 13, where all tests run")
    with tempfile.TemporaryDirectory(prefix="tlsrpt-trixie.") as folder:
        root = Root(os.path.join(folder, "root"), "trixie")
        try:
            copy_source(root.path("src/tlsrpt"))
            root.mount_devices()
            root.do("/src/tlsrpt/tests/packages", "check")
            said = run_there(root)
        finally:
            root.close()
    totals = [int(total) for total in re.findall(r"100% tests passed, 0 tests failed out of (\d+)", said)]
    assert len(totals) == 2 and totals[0] > 45 and totals[1] == 3, (totals, said[-2000:])
    warnings = re.findall(r"^.*\bwarning: .*$", said, re.M)
    assert not warnings, warnings[:5]
    for line in re.findall(r"^.*\*\*\*Skipped.*$", said, re.M):
        print("        on Debian 13:", line.strip())


main()
