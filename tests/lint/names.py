#!/usr/bin/env python3
"""Names, tests and sizes follow the files. Usage: names.py SOURCE_DIRECTORY

A function begins with the name of its file, so that a backtrace reads as a sentence; one of a folder's contract may begin with the folder's. No file is
longer than 500 lines. A module has a test file of its own."""
import os
import re
import sys

FOLDERS = ("base", "schema", "collector", "exporter")
LINES_MAX = 500
# Modules that the tests of others reach, or none: the number only falls.
WITHOUT_TEST = 121
DEFINITION = re.compile(r"^(?!return\b|else\b|typedef\b)([A-Za-z_][\w \t\n*]*?)\b(\w+)\([^;{}]*\)\s*\{", re.M)


def without_comments(text):
    """The same number of lines, and nothing that a person wrote in words."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


def sources(root):
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            yield from (os.path.relpath(os.path.join(where, name), root) for name in sorted(names) if name.endswith((".c", ".h")))


def wrong_names(path, text):
    """Each function whose name does not say where it stands, and its line."""
    prefix, folder = os.path.basename(path)[:-2], os.path.basename(os.path.dirname(path))
    for found in DEFINITION.finditer(text):
        allowed = (prefix,) if found[1].startswith("static") else (prefix, folder)
        if found[2] != "main" and not any(found[2] == word or found[2].startswith(word + "_") for word in allowed):
            yield found[2], text.count("\n", 0, found.start(2)) + 1


def main(root):
    status, untested = 0, []
    for path in sources(root):
        with open(os.path.join(root, path)) as f:
            text = f.read()
        if text.count("\n") > LINES_MAX:
            print(f"{path}: {text.count(chr(10))} lines, more than {LINES_MAX}")
            status = 1
        if path.endswith(".h"):
            continue
        for name, line in wrong_names(path, without_comments(text)):
            print(f"{path}:{line}: {name}() does not begin with {os.path.basename(path)[:-2]}_")
            status = 1
        if not os.path.exists(os.path.join(root, "tests", os.path.dirname(path), f"test_{os.path.basename(path)}")):
            untested.append(path)
    print(f"{len(untested)} modules have no test file of their own")
    if len(untested) > WITHOUT_TEST:
        print(*untested, f"no more than {WITHOUT_TEST} may lack one: add a test, or give the test the name of its module", sep="\n")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
