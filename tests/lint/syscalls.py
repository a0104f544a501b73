#!/usr/bin/env python3
"""The units let the programs make every system call that the filters of the programs let them make: syscalls.py SOURCE_DIRECTORY BUILD_DIRECTORY."""
import os, re, shutil, subprocess, sys

# What is in the programs' filters, and what they do without it.
SPARED = {"fchown": "SQLite gives its files to the store's owner where it runs as root",
          "setrlimit": "setrlimit() of the C library makes the call prlimit64"}


def sets():
    """systemd's sets of system calls, each with what it names."""
    said = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True)
    found, name = {}, None
    for line in said.stdout.splitlines():
        if re.match(r"[@#]", line):
            name = line if line.startswith("@") else None
        elif name and line.strip() and not line.strip().startswith("#"):
            found.setdefault(name, set()).add(line.strip())
    return found


def expand(words, known):
    for word in words:
        if word.startswith("@"):
            yield from expand(known[word], known)
        else:
            yield word


def allowed(unit, known):
    """By systemd.exec(5): the first line says that it is a list of what is allowed, which has @default always."""
    calls = set(expand(["@default"], known))
    for words in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        if words.startswith("~"):
            calls -= set(expand(words[1:].split(), known))
        else:
            calls |= set(expand(words.split(), known))
    return calls


def main(source, build):
    if not shutil.which("systemd-analyze"):
        print("skipped: no systemd-analyze")
        return 77
    known = sets()
    with open(os.path.join(source, "base", "confine.c")) as f:
        text = f.read()
    wanted = set(re.findall(r"\bSCMP_SYS\((\w+)\)", text)) | set(re.findall(r"\bSYS_(\w+)", text)) | {"seccomp", "prctl"}
    assert len(wanted) > 80 and len(known) > 20, (len(wanted), len(known))
    status = 0
    for program in ("collector", "exporter"):
        with open(os.path.join(build, program, f"tlsrpt-{program}.service")) as f:
            calls = allowed(f.read(), known)
        for name in sorted(wanted - calls - set(SPARED)):
            print(f"tlsrpt-{program}.service refuses {name}, which base/confine.c allows", file=sys.stderr)
            status = 1
        for name in sorted(set(SPARED) & calls):
            print(f"tlsrpt-{program}.service allows {name}", file=sys.stderr)
            status = 1
    return status


sys.exit(main(*sys.argv[1:]))
