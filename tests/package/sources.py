"""What the tests of packages share: a copy of the sources, and commands that must work."""
import os, shutil, subprocess

SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def do(*command, fails=False, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if (done.returncode != 0) != fails:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout + done.stderr


def copy_source(to):
    """What is in git, or will be."""
    files = subprocess.run(["git", "-C", SOURCE, "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True).stdout
    for name in filter(None, files.decode().split("\0")):
        if os.path.exists(os.path.join(SOURCE, name)):
            os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
            shutil.copy2(os.path.join(SOURCE, name), os.path.join(to, name))
