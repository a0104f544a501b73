"""An honest sender beside a flood: how long its answers take, and how much memory the collector has taken."""
import http.client, ssl, threading, time

from harness import instrumented, packed, report

RELEASE = not instrumented()
# An honest sender is to be answered in 2 s; a machine that does other things too is forgiven some.
PATIENCE = 5 if RELEASE else 60


def peak(process):
    with open(f"/proc/{process.pid}/status") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM"))


def one_post(s, body, network=0):
    """The honest sender is in network 0; a flood comes from ::1 (None) and from 40 networks."""
    if network is None:
        connection = http.client.HTTPConnection("::1", s.plain, timeout=120)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", s.https, timeout=120, context=ssl._create_unverified_context(), source_address=(f"127.0.{network}.1", 0))
    try:
        connection.request("POST", "/tlsrpt", body)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


class Honest(threading.Thread):
    """Posts a small report again and again; how long the answers took."""

    def __init__(self, s, prefix):
        super().__init__()
        self.s, self.prefix, self.ended, self.times, self.statuses = s, prefix, threading.Event(), [], set()

    def run(self):
        number = 0
        while not self.ended.wait(0.1) or number < 3:
            began = time.monotonic()
            self.statuses.add(one_post(self.s, packed(report(id=f"{self.prefix}-{number}", contact=f"a@{self.prefix}-{number // 50}.example")))[0])
            self.times.append(time.monotonic() - began)
            number += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *failure):
        self.ended.set()
        self.join()


def check(honest, process, what, statuses=(201,)):
    """What the sender met beside a flood, printed and held to the bounds."""
    print(f"        {what}: memory {peak(process) >> 20} MiB; honest sender: {len(honest.times)} answers in at most {max(honest.times):.2f} s")
    assert honest.statuses <= set(statuses), (what, honest.statuses)
    assert max(honest.times) < PATIENCE, (what, honest.times)
