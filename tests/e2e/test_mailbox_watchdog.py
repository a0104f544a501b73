#!/usr/bin/env python3
"""Processes of mailboxes that stand still, wherever they are: the watchdog ends each, the round counts as failed, and the next
one does what is left."""
from scripted import *

# What the watchdog waits: three timeouts, and a minute.
TIMEOUT = 5
PATIENCE = 3 * TIMEOUT + 60
MOST = 1024 * 1024


def process_at(s, c):
    """The process of the collector that has the other end of a connection."""
    port = c.getpeername()[1]
    with open("/proc/net/tcp") as f:
        inodes = {line.split()[9] for line in f.readlines()[1:] if int(line.split()[1].partition(":")[2], 16) == port}
    for pid in children_of(s.programs["collector"].pid):
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{fd}")[8:-1] in inodes:
                        return pid
    raise AssertionError("no process has that connection")


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "T"


class Patient(ImapServer):
    patience = 300


class Freezing(Patient):
    """Stops the process that sends a command, once, before it hears the answer."""

    def __init__(self, s, name, command, messages, wanted=lambda server: True, **more):
        super().__init__(s, messages, **more)
        self.name, self.frozen = name, threading.Event()

        def freeze(server, c, argument):
            if not server.frozen.is_set() and wanted(server):
                server.pid = process_at(s, c)
                os.kill(server.pid, signal.SIGSTOP)
                until = time.time() + 10
                while not is_stopped(server.pid):
                    assert time.time() < until
                    time.sleep(0.01)
                server.frozen.set()

        self.trouble[command] = freeze


class Large(Patient):
    """Its messages are said to be nearly as large as one may be."""

    def do_listing(self, argument):
        return re.sub(rb"SIZE \d+", b"SIZE %d" % (MOST - 65536), super().do_listing(argument))


class Hog(Large, Freezing):
    pass


def column(s, name, which):
    return ask(s, f"SELECT coalesce(sum({which}), 0) FROM mailbox WHERE name = '{name}'")


def wait_for(s, what, check, seconds):
    until = time.time() + seconds
    while not check():
        assert time.time() < until, f"{what}: {s.log('collector')[-3000:]}"
        time.sleep(0.2)


def test_a_process_that_stands_still_is_ended():
    """Each mailbox in another phase. While two hold all the memory that messages may take, the offer of one more waits; its process
    stands still as well, and goes on when it is let. In the long rounds another one does not go on, and is ended in its turn."""
    with mail_setup(dovecot=False) as s:
        if not s.user:
            raise Skip("needs root to see whose a connection is")
        servers = [Freezing(s, word.lower().replace(" ", ""), word, [message(f"{word}-{i}") for i in range(2)]) for word in ("greeting", "listing", "UID FETCH", "UID MOVE", "IDLE")]
        hogs = [Hog(s, f"hog{i}", "UID FETCH", []) for i in range(2)]
        waiting = [Large(s, name=name) for name in ("waiting", "stuck")[:1 + LONG]]
        s.mailboxes(*[server.section(s, server.name, after="move:Done", timeout=f"{TIMEOUT}s", idle="yes" if server.name == "idle" else "no") for server in servers + hogs],
                    *[server.section(s, server.name, after="move:Done", timeout=f"{TIMEOUT}s") for server in waiting], mail=f"max_message = {MOST}\n")
        s.start("collector")
        for server in servers:
            assert server.frozen.wait(40), (server.name, s.log("collector"))
        began = time.time()
        for hog in hogs:
            hog.add(message(hog.name))
        for hog in hogs:
            assert hog.frozen.wait(40), (hog.name, s.log("collector"))
        connections = {}

        def remember(server, c, argument):
            if server.messages:
                connections[server.name] = c

        for server in waiting:
            server.trouble["listing"] = remember
            server.add(message(server.name))
        wait_for(s, "an offer", lambda: len(connections) == len(waiting), 40)
        time.sleep(1)
        for server in waiting:
            server.pid = process_at(s, connections[server.name])
            os.kill(server.pid, signal.SIGSTOP)
        assert time.time() - began < PATIENCE - 5, "the machine is too busy for this test"
        assert all(column(s, server.name, "poll_failures") == 0 for server in servers + hogs) and all("UID FETCH" not in server.seen for server in waiting)
        for server in servers + hogs:
            wait_for(s, f"{server.name} is not ended", lambda: column(s, server.name, "poll_failures") >= 1, PATIENCE + 40)
            assert not os.path.exists(f"/proc/{server.pid}"), server.name
        assert s.log("collector").count("its process does not respond") == len(servers + hogs), s.log("collector")
        os.kill(waiting[0].pid, signal.SIGCONT)
        for server in waiting[1:]:
            wait_for(s, f"{server.name} is not ended", lambda: column(s, server.name, "poll_failures") == 1, PATIENCE + 40)
            assert not os.path.exists(f"/proc/{server.pid}"), server.name
        for server in servers + hogs + waiting:
            wait_for(s, f"{server.name} does not go on", lambda: not server.messages, 60)
        wait_for(s, "all is stored", lambda: stored(s) == 2 * len(servers) + len(hogs) + len(waiting), 20)
        for server in servers + hogs:
            assert column(s, server.name, "poll_failures") == 1, server.name
        assert column(s, "waiting", "poll_failures") == 0 and "given up" not in s.log("collector")
        assert not s.rows("SELECT value FROM counter WHERE name IN ('inputs', 'mail_child_deaths') AND other = 'duplicate' OR name = 'mail_child_deaths'")
        for server in servers + hogs + waiting:
            count = 2 if server in servers else 1
            assert [len(f) for f in server.folders.values()] == [count], (server.folders, count)
            assert all(n == 1 for uid, n in server.fetched.items()) or server.name in ("uidfetch", "hog0", "hog1"), (server.name, server.fetched)
        s.stop("collector")
        for server in servers + hogs + waiting:
            server.close()


def test_a_process_that_marks_slowly_is_not_ended():
    """Servers that take a while for each of many marks, in all longer than the watchdog waits."""
    if not LONG:
        raise Skip("takes longer than the watchdog waits")
    with mail_setup(dovecot=False) as s:
        count, each = 30, TIMEOUT - 2.0
        assert count * each >= PATIENCE + 15

        def mark(server, c, argument):
            if re.search("[,:]", argument.split()[0]):
                return NO
            time.sleep(each)

        servers = [ImapServer(s, [message(f"imap-{i}") for i in range(count)], trouble={"UID MOVE": mark}),
                   Pop3Server(s, [message(f"pop3-{i}") for i in range(count)], trouble={"DELE": mark})]
        s.mailboxes(servers[0].section(s, "imap", after="move:Done", timeout=f"{TIMEOUT}s"), servers[1].section(s, "pop3", after="delete", timeout=f"{TIMEOUT}s"))
        s.start("collector")
        for server in servers:
            wait_for(s, "all is marked", lambda: not server.messages, count * each + 60)
        assert ask(s, "SELECT sum(poll_failures) FROM mailbox") == 0 and stored(s) == 2 * count, s.log("collector")
        for server in servers:
            server.close()


def test_a_reload_that_waits_for_a_mailbox_tells_the_watchdog():
    """It waits for ten seconds, and a service manager may be less patient."""
    with mail_setup(dovecot=False) as s:
        server = Freezing(s, "main", "UID FETCH", [message("r1")])
        s.mailboxes(server.section(s))
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(s.path("notify"))
        os.chmod(s.path("notify"), 0o777)
        notify.settimeout(60)
        s.start("collector", env={**os.environ, "NOTIFY_SOCKET": s.path("notify"), "WATCHDOG_USEC": "1000000"})
        assert server.frozen.wait(40), s.log("collector")
        s.programs["collector"].send_signal(signal.SIGHUP)
        said = []
        while b"RELOADING" not in b"".join(said):
            said = [notify.recv(4096)]
        while not said[-1].startswith(b"READY=1"):
            said.append(notify.recv(4096))
        assert said.count(b"WATCHDOG=1") >= 5, said
        until = time.time() + 30
        while stored(s) < 1:
            assert time.time() < until, s.log("collector")
            time.sleep(0.1)
        server.close()
        notify.close()


main()
