#!/usr/bin/env python3
"""Line and branch coverage of the last tests of a build with --coverage, by folder and by file.

Usage: coverage.py BUILD_FOLDER DATA_FOLDER [--files] [--lines FILE]

The tests ran with GCOV_PREFIX=DATA_FOLDER, so that programs of every user could write there. --files lists every file, --lines the lines of one that no test reached."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

FOLDERS = ("base", "schema", "collector", "exporter")


def objects(build, data):
    """(notes of the compiler, data of the runs) of each file that is not a test."""
    for folder, _, names in os.walk(build):
        if "/tests" in folder:
            continue
        for name in names:
            counts = data + os.path.join(folder, name[:-5] + ".gcda")
            if name.endswith(".gcno") and os.path.exists(counts):
                yield os.path.join(folder, name), counts


def collect(build, data):
    """{file: ({line: count}, {(line, branch): count})}, the larger count where a file was compiled twice."""
    root, files = os.getcwd() + "/", {}
    with tempfile.TemporaryDirectory() as work:
        for pair in objects(os.path.abspath(build), os.path.abspath(data)):
            for path in pair:
                shutil.copy(path, work)
            counts = os.path.join(work, os.path.basename(pair[1]))
            out = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", counts], cwd=work, capture_output=True)
            document = out.stdout if out.stdout[:2] != b"\x1f\x8b" else gzip.decompress(out.stdout)
            for line in document.splitlines():
                for entry in json.loads(line)["files"]:
                    path = os.path.normpath(os.path.join(root, entry["file"]))
                    if path.startswith(root) and path[len(root):].split("/")[0] in FOLDERS:
                        add(files.setdefault(path[len(root):], ({}, {})), entry["lines"])
    return files


def add(counts, lines):
    for line in lines:
        number = line["line_number"]
        counts[0][number] = max(counts[0].get(number, 0), line["count"])
        for i, branch in enumerate(line["branches"]):
            counts[1][number, i] = max(counts[1].get((number, i), 0), branch["count"])


def share(counts):
    return f"{100 * sum(c > 0 for c in counts) / len(counts):5.1f} %" if counts else "    -  "


def main():
    files = collect(sys.argv[1], sys.argv[2])
    if not files:
        sys.exit("no test has run in that build")
    if "--lines" in sys.argv:
        wanted = sys.argv[sys.argv.index("--lines") + 1]
        print(" ".join(str(number) for number, count in sorted(files[wanted][0].items()) if count == 0))
        return
    if "--files" in sys.argv:
        for path, (lines, branches) in sorted(files.items()):
            print(f"{path:36} {share(lines.values())} of {len(lines):4} lines {share(branches.values())} of {len(branches):4} branches")
    for folder in FOLDERS:
        lines = [c for path, entry in files.items() if path.startswith(folder + "/") for c in entry[0].values()]
        branches = [c for path, entry in files.items() if path.startswith(folder + "/") for c in entry[1].values()]
        print(f"{folder + '/':36} {share(lines)} of {len(lines):4} lines {share(branches)} of {len(branches):4} branches")


if __name__ == "__main__":
    main()
