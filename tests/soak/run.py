"""The real server under a steady mixed load for a long time: nothing may be lost, nothing may grow.

`python -m tests.soak.run [--duration 3600] [--rate 40] [--erase-every 2]`

In the first third the server is stopped and killed again and again; from then on one process lives
to the end, and its memory, its open files and its answers are watched. One of the two targets is
down for a quarter of the time. All the time people are erased, data is pruned and backups are made,
so that the server empties its log and writes its pages anew. It fails when an acknowledged event is
missing, a run does not come to its end, a page or a hook answers wrongly, the server ends, or
something grows beyond its bound. It takes two minutes at least.
"""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.faults.target import SECRET as TARGET_SECRET
from tests.faults.target import Target
from tests.soak.caretaker import Caretaker
from tests.soak.stored import Stored, read
from tests.soak.traffic import GITHUB_SECRET, TILL_SECRET, Traffic
from tests.soak.vitals import Vitals, at_the_ends, look_at, rss_slope_mb_per_hour
from tests.support.page_events import SECRET
from tests.support.process import ServerProgram, wait_until

_ENVIRON = {
    "SHOP_APP_SECRET": SECRET,
    "SHOP_VERIFY_TOKEN": "verify-token-for-tests",
    "SHOP_PAGE_TOKEN": "page-token-for-tests-0123456789",
    "GITHUB_SECRET": GITHUB_SECRET,
    "TILL_SECRET": TILL_SECRET,
    "CRM_SECRET": TARGET_SECRET,
}
_SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: env:SHOP_APP_SECRET
    verify_token: env:SHOP_VERIFY_TOKEN
    page_access_token: env:SHOP_PAGE_TOKEN
  repository: {{provider: github, secret: env:GITHUB_SECRET}}
  till: {{provider: standard_webhooks, secret: env:TILL_SECRET}}
targets:
  crm: {{url: "http://127.0.0.1:{steady}/crm", secret: env:CRM_SECRET}}
  erp: {{url: "http://127.0.0.1:{failing}/erp", secret: env:CRM_SECRET}}
egress: {{allow: ["127.0.0.1:{steady}", "127.0.0.1:{failing}"]}}
retention: {{payloads: 60s, contacts: 60s}}
backup: {{every: 10m, keep: 2}}
"""
_RULES = """\
rules:
  - id: order
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - contains(event.text, 'đặt hàng')
    actions:
      - id: told
        forward: {to: crm}
        retry: {max_attempts: 20, interval: 1s, strategy: fixed}
      - id: later
        follow_up:
          after: 5s
          cancel_on: {event: message.received}
          actions:
            - id: again
              forward: {to: crm}
              retry: {max_attempts: 20, interval: 1s, strategy: fixed}
  - id: issue
    trigger: {event: github.issue_comment.created, connection: repository}
    actions:
      - id: told
        forward: {to: erp}
        retry: {max_attempts: 50, interval: 2s, strategy: fixed}
  - id: paid
    trigger: {event: order.paid, connection: till}
    conditions:
      - event.data.data.total > `0`
    actions:
      - id: told
        forward: {to: erp}
        retry: {max_attempts: 50, interval: 2s, strategy: fixed}
"""
#: The part of the time in which the server is stopped and killed, and how often.
_RESTLESS_PART = 1 / 3
_INTERRUPTIONS = 6
#: The failing target's round, and how long it is down in it.
_ROUND_S, _DOWN_S = 60.0, 15.0
_LOOK_EVERY_S = 5.0
_SAY_EVERY_S = 60.0
_IDLE_WITHIN_S = 120.0
#: The part of the quiet life after which memory must have stopped growing: caches are full by then.
_FILLED_PART = 0.5
#: What may grow in that time: noise, and what a page of the log that gets longer may need.
MOST_GROWTH_MB = 24.0
MOST_MORE_FILES = 12
#: A fault of the program in its log, on one line.
_FAULT = re.compile(r"^.*Traceback \(most recent call last\).*$", re.MULTILINE)
#: How much slower half of the answers may be at the end than at the beginning.
MOST_DRIFT = 3.0
_DRIFT_NOISE_MS = 20.0


class Soak:
    """One installation, from its first start to its last look into the database."""

    def __init__(self, folder: Path, duration_s: float, rate: float, erase_every_s: float) -> None:
        self.folder = folder
        self.duration_s = duration_s
        self.steady, self.failing = Target(), Target()
        self.traffic = Traffic(rate)
        self.caretaker = Caretaker(folder, erase_every_s)
        #: Of the process that lives to the end.
        self.looks: list[Vitals] = []
        #: How often that process has emptied its write-ahead log.
        self.emptied = 0
        self.interruptions = 0
        self.began = self.traffic.began
        self._config = folder / "automator.yaml"
        ports = {"steady": self.steady.port, "failing": self.failing.port}
        self._config.write_text(_SETTINGS.format(**ports))
        (folder / "rules").mkdir()
        (folder / "rules" / "shop.yaml").write_text(_RULES)

    def run(self) -> Stored:
        """Everything, until the server has stopped in order."""
        server = self._start()
        self.traffic.start()
        self.caretaker.start()
        restless_s = self.duration_s * _RESTLESS_PART
        for number in range(_INTERRUPTIONS):
            self._wait_until(restless_s * (number + 1) / _INTERRUPTIONS)
            self.traffic.url, self.caretaker.server = "", None
            if number % 2:
                server.kill()
            else:
                assert server.terminate() == 0, server.printed[-2000:]
            self.interruptions += 1
            server = self._start()
        self._wait_until(self.duration_s, server)
        self.traffic.stop()
        self.caretaker.stop()
        self.failing.is_down.clear()
        wait_until(lambda: _unfinished(server) == 0, "every run to end", _IDLE_WITHIN_S)
        self.looks.append(look_at(server.pid, self.began))
        assert server.terminate() == 0, server.printed[-2000:]
        self.steady.close()
        self.failing.close()
        return read(server.data / "automator.db")

    @property
    def forgotten(self) -> int:
        """The number of people whom retention has erased."""
        printed = (self.folder / "server.log").read_text(errors="replace")
        return sum(map(int, re.findall(r"retention\.contacts_erased count=(\d+)", printed)))

    def _start(self) -> ServerProgram:
        server = ServerProgram(
            self.folder,
            *("--config", str(self._config), "--rules", str(self.folder / "rules")),
            environ=_ENVIRON,
        )
        self.traffic.sign_in(server)
        assert "problem" not in server.printed, server.printed
        assert "3 loaded" in server.printed, server.printed
        self.traffic.url, self.caretaker.server = server.url, server
        return server

    def _wait_until(self, at_s: float, watched: ServerProgram | None = None) -> None:
        """Waits, while the failing target comes and goes; a watched process is looked at."""
        said_at = look_at_s = time.monotonic()
        log_size = 0
        while (now := time.monotonic()) < self.began + at_s:
            is_down = (now - self.began) % _ROUND_S < _DOWN_S
            (self.failing.is_down.set if is_down else self.failing.is_down.clear)()
            if watched is not None:
                assert not watched.has_ended(), watched.printed[-2000:]
                before, log_size = log_size, (watched.data / "automator.db-wal").stat().st_size
                self.emptied += log_size < before
            if watched is not None and now >= look_at_s:
                look_at_s = now + _LOOK_EVERY_S
                self.looks.append(look_at(watched.pid, self.began))
                if now >= said_at:
                    said_at = now + _SAY_EVERY_S
                    self._say()
            time.sleep(0.25)

    def _say(self) -> None:
        look, seen = self.looks[-1], self.traffic.seen
        print(
            f"{look.at_s:6.0f} s  {len(seen.acknowledged):8,} acknowledged  {look.rss_mb:6.1f} MB"
            f"  {look.open_files} open files  {look.threads} threads",
            flush=True,
        )


def _unfinished(server: ServerProgram) -> int:
    states = server.api("GET", "/api/status")["last_24_hours"]["runs"]
    return int(states.get("queued", 0)) + int(states.get("running", 0))


def verdict(soak: Soak, stored: Stored) -> list[str]:
    """Prints the figures; what is wrong, in words."""
    seen = soak.traffic.seen
    lost = seen.acknowledged - stored.events
    sent = {effect.key for target in (soak.steady, soak.failing) for effect in target.effects}
    quiet = soak.looks[int(len(soak.looks) * _FILLED_PART) :]
    first_mb, last_mb = at_the_ends([look.rss_mb for look in quiet])
    first_files, last_files = at_the_ends([float(look.open_files) for look in quiet])
    born_mb = soak.looks[0].rss_mb
    early, late = _latencies(soak)
    care = ", ".join(f"{count:,} {what}" for what, count in sorted(soak.caretaker.done.items()))
    ends = ", ".join(f"{count:,} {state}" for state, count in sorted(stored.runs.items()))
    print(
        f"{len(seen.acknowledged):,} events acknowledged, {len(lost)} lost,"
        f" {soak.interruptions} restarts, {seen.refused:,} refusals, {seen.viewed:,} page views\n"
        f"runs: {ends}; the failing target refused {soak.failing.refused:,}\n"
        f"{care}; {soak.forgotten:,} people forgotten, {stored.emptied:,} events emptied,"
        f" the log {soak.emptied} times\n"
        f"memory: {born_mb:.1f} MB at the start of the last process,"
        f" {first_mb:.1f} MB in the middle, {last_mb:.1f} MB at the end,"
        f" slope {rss_slope_mb_per_hour(quiet):+.1f} MB an hour over the second half\n"
        f"open files: {first_files:.0f}, then {last_files:.0f};"
        f" threads: {quiet[0].threads}, then {quiet[-1].threads}\n"
        f"half of the answers within {early:.1f} ms at first, {late:.1f} ms at last"
    )
    complaints = [*seen.wrong[:5], *soak.caretaker.wrong[:5]]
    complaints += [f"acknowledged and lost: {item}" for item in sorted(lost)[:5]]
    unended = {"queued", "running", "dead", "unknown"} & stored.runs.keys()
    complaints += [f"{stored.runs[state]} runs are {state}" for state in sorted(unended)]
    complaints += stored.ended_badly
    missing = stored.done_keys - sent
    complaints += [f"{len(missing)} steps are recorded as done that no target saw"] * bool(missing)
    if stored.integrity != "ok":
        complaints.append(f"the database is damaged: {stored.integrity}")
    if last_mb - first_mb > MOST_GROWTH_MB:
        complaints.append(f"memory grew from {first_mb:.0f} to {last_mb:.0f} MB")
    if last_files - first_files > MOST_MORE_FILES:
        complaints.append(f"open files grew from {first_files:.0f} to {last_files:.0f}")
    if late > MOST_DRIFT * early + _DRIFT_NOISE_MS:
        complaints.append(f"answers slowed down from {early:.1f} to {late:.1f} ms")
    return complaints + _vacuous(soak, stored)


def _latencies(soak: Soak) -> tuple[float, float]:
    """The median answer of the quiet life's first and last fifth, in milliseconds."""
    quiet_from = soak.duration_s * _RESTLESS_PART
    times = [ms for at_s, ms in soak.traffic.seen.latencies if at_s > quiet_from]
    part = max(1, len(times) // 5)
    return median(times[:part]), median(times[-part:])


def _vacuous(soak: Soak, stored: Stored) -> list[str]:
    """What must have happened, or the soak proves nothing."""
    happened = {
        "an event of every connection": len({name for name, _ in stored.events}) == 3,
        "a cancelled follow-up": stored.runs.get("cancelled", 0) > 0,
        "a refusal of the failing target": soak.failing.refused > 0,
        "a delivery that was sent again": soak.traffic.seen.refused > 0,
        "a page that was looked at": soak.traffic.seen.viewed > 0,
        "an effect": bool(stored.done_keys),
        "a person who was erased": soak.caretaker.done["erasures"] > 0,
        "a person who was forgotten": soak.forgotten > 0,
        "a prune": soak.caretaker.done["prunes"] > 0,
        "a backup": soak.caretaker.done["backups"] > 0,
        "an empty log": soak.emptied > 0,
    }
    return [f"it never came to {name}" for name, did in happened.items() if not did]


def main() -> int:
    """Prints figures and complaints; 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--duration", type=float, default=3600.0, help="seconds")
    parser.add_argument("--rate", type=float, default=40.0, help="deliveries a second")
    parser.add_argument("--erase-every", type=float, default=2.0, help="seconds between two people")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="automator-soak-") as folder:
        soak = Soak(Path(folder), options.duration, options.rate, options.erase_every)
        complaints = verdict(soak, soak.run())
        said = (Path(folder) / "server.log").read_text(errors="replace") if complaints else ""
    for complaint in complaints:
        print(f"WRONG: {complaint}")
    if found := _FAULT.search(said):
        print(found[0].replace(r"\u000a", "\n"))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
