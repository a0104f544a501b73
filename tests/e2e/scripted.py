"""An IMAP and a POP3 server that do as a script says: each keeps a real mailbox in memory and behaves well, but for the commands
that are named in `trouble`. What they can do to any command: refuse it (NO, BAD), end the session (BYE), say nothing and wait
(SILENCE), answer as if there were nothing to say (EMPTY), end the connection after so many bytes of the answer (CUT), or leave it
at what a function has sent (SAID)."""
import re, threading
from mail import *

NO, BAD, BYE, SILENCE, EMPTY, SAID = "NO", "BAD", "BYE", "SILENCE", "EMPTY", "SAID"
WORDS = "[UNAVAILABLE] Too busy just now"


class Cut(int):
    """The connection ends after so many bytes of the answer."""

    def __repr__(self):
        return f"CUT at {int(self)}"


class Ended(Exception):
    pass


class Scripted:
    """What both have in common. `trouble` maps a command to what happens to it: one of the above, or a function of the
    server, the connection and the argument that returns one of them or None. `seen` counts the commands, `fetched` the
    messages that were asked for."""

    # Seconds that it waits for a client.
    patience = 60

    def __init__(self, s, messages=(), **more):
        self.trouble, self.seen, self.fetched, self.longest = {}, {}, {}, {}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(s.path("server.pem"), s.path("server.key"))
        self.lock = threading.RLock()
        self.messages, self.next = {}, 1
        for key, value in more.items():
            setattr(self, key, value)
        for data in messages:
            self.add(data)
        self.connections = []
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def add(self, data):
        self.messages[self.next] = data
        self.next += 1

    def accept(self):
        while True:
            try:
                raw, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.run, args=(raw,), daemon=True).start()

    def run(self, raw):
        with contextlib.suppress(OSError, ValueError, Ended):
            raw.settimeout(self.patience)
            c = self.context.wrap_socket(raw, server_side=True)
            try:
                self.serve(c, c.makefile("rb"))
            finally:
                c.close()

    def close(self):
        close_listener(self.server)

    def section(self, s, name="main", **keys):
        return mailbox_section(name, **{"type": self.type, "host": "127.0.0.1", "port": self.port, "user": "u", "password_file": s.path("password"), "ca_file": s.path("server.pem"), "timeout": "2s",
                                        "interval": "1s", "idle": "no", **keys})

    def answer(self, c, command, argument, tag, work):
        """work() does what was asked and returns the untagged data and the end of the answer."""
        with self.lock:
            self.seen[command] = self.seen.get(command, 0) + 1
            what = self.trouble.get(command)
            if callable(what):
                what = what(self, c, argument)
            if what is None or isinstance(what, Cut):
                data, end = work()
            elif what == EMPTY:
                data, end = self.empty(command, tag, work)
        if what == SILENCE:
            c.settimeout(60)
            while c.recv(4096):
                pass
            raise Ended
        if what == SAID:
            return None
        if what in (NO, BAD, BYE):
            return self.refuse(c, what, tag)
        whole = data + end
        self.longest[command] = max(self.longest.get(command, 0), len(whole))
        if isinstance(what, Cut):
            c.sendall(whole[:what])
            raise Ended
        c.sendall(whole)


class ImapServer(Scripted):
    type = "imap"
    capabilities = "IMAP4rev1 MOVE UIDPLUS NAMESPACE IDLE"
    delimiter, prefix, validity = "/", "", 7
    # What it says as soon as somebody waits for it.
    news = staticmethod(lambda: b"")

    def __init__(self, s, messages=(), **more):
        self.flags, self.folders = {}, {}
        super().__init__(s, messages, **more)

    def refuse(self, c, what, tag):
        if what == BYE:
            c.sendall(f"* BYE {WORDS}\r\n".encode())
            raise Ended
        c.sendall((f"{tag} {what} {WORDS}\r\n" if tag else f"* {what} {WORDS}\r\n").encode())

    def empty(self, command, tag, work):
        if command == "greeting":
            return b"", b"* OK\r\n"
        if command in ("UID STORE", "UID COPY", "UID MOVE", "UID EXPUNGE", "CREATE"):
            work()
        return b"", f"{tag} OK done\r\n".encode()

    def names(self):
        """The folder's names as the server has them."""
        return {"INBOX", *self.folders}

    def uids(self, text):
        highest = max(self.messages, default=0)
        found = set()
        for part in text.split(","):
            first, _, last = part.partition(":")
            low, high = sorted(highest if x == "*" else int(x) for x in (first, last or first))
            found |= {uid for uid in self.messages if low <= uid <= high}
        return sorted(found)

    def serve(self, c, lines):
        self.answer(c, "greeting", "", "", lambda: (b"", b"* OK hello\r\n"))
        idle = []
        for line in lines:
            tag, _, rest = line.decode().strip().partition(" ")
            words = rest.split(" ")
            command = words[0].upper()
            if tag == "DONE" and idle:
                c.sendall(idle.pop() + b" OK done\r\n")
                continue
            if command == "IDLE":
                self.answer(c, command, "", tag, lambda: (idle.append(tag.encode()) or b"+ idling\r\n", self.news()))
                continue
            if command == "UID":
                command = f"UID {words[1].upper()}"
            argument = rest[len(command):].strip()
            if command == "UID FETCH" and "BODY" not in argument:
                command = "listing"
            if command == "EXAMINE":
                command = "SELECT"
            self.answer(c, command, argument, tag, lambda: self.work(command, argument, tag))
            if command == "LOGOUT":
                return

    def work(self, command, argument, tag):
        worker = getattr(self, "do_" + command.lower().replace(" ", "_"), None)
        if worker is None:
            return b"", f"{tag} BAD what is {command}?\r\n".encode()
        data = worker(argument)
        if isinstance(data, str) and data[:3] in ("NO ", "BAD"):
            return b"", f"{tag} {data}\r\n".encode()
        return data or b"", f"{tag} OK done\r\n".encode()

    def do_capability(self, _):
        return f"* CAPABILITY {self.capabilities}\r\n".encode()

    def do_login(self, _):
        return b""

    def do_noop(self, _):
        return f"* {len(self.messages)} EXISTS\r\n".encode()

    def do_logout(self, _):
        return b"* BYE bye\r\n"

    def do_namespace(self, _):
        return f'* NAMESPACE (("{self.prefix}" "{self.delimiter}")) NIL NIL\r\n'.encode()

    def do_list(self, argument):
        name = re.findall(r'"([^"]*)"|(\S+)', argument)[1]
        name = name[0] or name[1]
        if name == "":
            return f'* LIST (\\Noselect) "{self.delimiter}" ""\r\n'.encode()
        return f'* LIST (\\HasNoChildren) "{self.delimiter}" "{name}"\r\n'.encode() if name in self.names() else b""

    def do_create(self, argument):
        name = argument.strip('"')
        if name in self.names():
            return "NO [ALREADYEXISTS] it is there"
        if self.delimiter != "/" and "/" in name or not name.startswith(self.prefix):
            return "NO [CANNOT] that is no name here"
        self.folders[name] = []

    def do_select(self, _):
        return f"* FLAGS (\\Seen \\Deleted)\r\n* {len(self.messages)} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {self.validity}] .\r\n* OK [UIDNEXT {self.next}] .\r\n".encode()

    def do_listing(self, argument):
        return b"".join(b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "25-Nov-2026 10:00:00 +0000")\r\n' % (i + 1, uid, len(self.messages[uid]))
                        for i, uid in enumerate(sorted(self.messages)) if uid in set(self.uids(argument.split(" ")[0])))

    def do_uid_fetch(self, argument):
        uid = int(argument.split(" ")[0])
        self.fetched[uid] = self.fetched.get(uid, 0) + 1
        if uid not in self.messages:
            return b""
        data = self.messages[uid]
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (sorted(self.messages).index(uid) + 1, uid, len(data), data)

    def do_uid_store(self, argument):
        uids, _, rest = argument.partition(" ")
        for uid in self.uids(uids):
            self.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", rest))

    def copy(self, argument):
        uids, _, name = argument.partition(" ")
        name = name.strip('"')
        if name not in self.folders:
            return None
        self.folders[name] += [self.messages[uid] for uid in self.uids(uids)]
        return self.uids(uids)

    def do_uid_copy(self, argument):
        return "NO [TRYCREATE] no such folder" if self.copy(argument) is None else b""

    def do_uid_move(self, argument):
        if "MOVE" not in self.capabilities.split():
            return "BAD what is that?"
        uids = self.copy(argument)
        if uids is None:
            return "NO [TRYCREATE] no such folder"
        for uid in uids:
            del self.messages[uid]

    def do_uid_expunge(self, argument):
        for uid in self.uids(argument):
            if "\\Deleted" in self.flags.get(uid, ()):
                del self.messages[uid]


class Pop3Server(Scripted):
    type = "pop3"
    # Of a message by its place in `messages`; it may be that of another.
    unique = staticmethod(lambda uid: f"name-{uid}")

    def refuse(self, c, what, tag):
        if what == BYE:
            c.sendall(f"-ERR [SYS/TEMP] {WORDS}\r\n".encode())
            raise Ended
        c.sendall({NO: f"-ERR {WORDS}\r\n", BAD: f"What? {WORDS}\r\n"}[what].encode())

    def empty(self, command, tag, work):
        if command in ("DELE", "QUIT"):
            return work()
        return b"", b"+OK\r\n.\r\n" if command in ("LIST", "UIDL", "RETR") else b"+OK\r\n"

    def serve(self, c, lines):
        deleted = set()
        order = sorted(self.messages)
        self.answer(c, "greeting", "", "", lambda: (b"", b"+OK hello\r\n"))
        for line in lines:
            command, _, argument = line.decode().strip().partition(" ")
            command = command.upper()
            self.answer(c, command, argument, "", lambda: self.work(command, argument, order, deleted))
            if command == "QUIT":
                return

    def work(self, command, argument, order, deleted):
        if command == "LIST":
            return b"+OK\r\n" + b"".join(b"%d %d\r\n" % (i + 1, len(self.messages[uid])) for i, uid in enumerate(order)), b".\r\n"
        if command == "UIDL":
            return b"+OK\r\n" + b"".join(b"%d %s\r\n" % (i + 1, self.unique(uid).encode()) for i, uid in enumerate(order)), b".\r\n"
        if command == "RETR":
            uid = order[int(argument) - 1]
            self.fetched[uid] = self.fetched.get(uid, 0) + 1
            return b"+OK\r\n" + re.sub(rb"^\.", b"..", self.messages[uid], flags=re.M), b".\r\n"
        if command == "DELE":
            if argument in deleted:
                return b"", b"-ERR it is deleted\r\n"
            deleted.add(argument)
        elif command == "QUIT":
            for number in deleted:
                self.messages.pop(order[int(number) - 1], None)
        return b"", b"+OK\r\n"


class Box:
    """A scripted server with a mailbox of its own beside others; many are polled at once."""

    def __init__(self, s, type, name, after, count=3, **more):
        self.name, self.after, self.count = name, after, count
        self.server = (ImapServer if type == "imap" else Pop3Server)(s, [message(f"{name}-{i}", contact=f"a@{name}.example", sender=f"{name}.example", successes=1) for i in range(count)], **more)
        self.section, self.cut = self.server.section(s, name, after=after), ()

    def line(self, out):
        return next(line for line in out.splitlines() if line.startswith(self.name + ":"))

    def check(self, s, out):
        """All of it is where it belongs, once."""
        reports = s.sql(f"SELECT count(*) FROM report WHERE report_id LIKE '{self.name}-%'")
        assert reports == self.count, (self.name, reports, out)
        kept = self.after in ("keep", "seen")
        assert len(self.server.messages) == (self.count if kept else 0), (self.name, self.server.messages.keys(), out)
        if self.after == "seen":
            assert all("\\Seen" in self.server.flags.get(uid, ()) for uid in self.server.messages), self.name
        if self.after.startswith("move"):
            # Nobody can know of a COPY whose answer is cut off whether it was done.
            copies = self.count if "UID COPY" not in self.cut else len(set().union(*self.server.folders.values()))
            assert copies == self.count and all(len(f) == copies or self.cut for f in self.server.folders.values()), (self.name, {k: len(v) for k, v in self.server.folders.items()}, out)


def deaths(s):
    return sum(value for value, in s.rows("SELECT value FROM counter WHERE name = 'mail_child_deaths'"))


def wave(name, count):
    """So many messages, of more reporters than one may send a day."""
    return [message(f"{name}-{i}", contact=f"a@{name}-{i // 50}.example", sender=f"{name}-{i // 50}.example", successes=1) for i in range(count)]
