#!/usr/bin/env python3
"""The static analyser of gcc is silent. Usage: analyzer.py SOURCE_DIRECTORY BUILD_DIRECTORY"""
import concurrent.futures, json, os, shlex, subprocess, sys

source, build = map(os.path.abspath, sys.argv[1:])
with open(os.path.join(build, "compile_commands.json")) as f:
    entries = json.load(f)
if "gcc" not in os.path.basename(shlex.split(entries[0]["command"])[0]):
    print("skipped: this build is not gcc's")
    sys.exit(77)


def analyse(entry):
    words = [word for word in shlex.split(entry["command"]) if not word.startswith("-fsanitize")]
    words[words.index("-o") + 1] = os.devnull
    return subprocess.run([*words, "-fanalyzer", "-Werror"], cwd=entry["directory"], capture_output=True, text=True)


ours = [entry for entry in entries if os.path.relpath(entry["file"], source).split("/")[0] in ("base", "schema", "collector", "exporter") and entry["file"].startswith(source)
        and not entry["file"].startswith(build)]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    results = list(pool.map(analyse, ours))
for done in results:
    sys.stderr.write(done.stderr)
sys.exit(any(done.returncode for done in results) or not ours)
