"""Starts the measured servers, each alone on the first core, and makes their rules and requests."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

from benchmarks.load import http_post
from tests.support.page_events import SECRET, comment, delivery, signed

HERE = Path(__file__).resolve().parent
SERVER_CORE = 0
LOAD_CORE = 1

_SETTINGS = """\
connections:
  bench-page:
    provider: facebook
    app_secret: env:BENCH_SECRET
    verify_token: verify-token-for-benchmarks
targets:
  sink: {{url: "http://127.0.0.1:{port}/in"}}
egress: {{allow: ["127.0.0.1:{port}"]}}
"""


def pin(core: int) -> None:
    """Keeps the calling process on one core, where the machine has several."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


@dataclass(frozen=True)
class Server:
    """A server that is measured."""

    port: int
    pid: int

    def cpu_by_thread(self) -> dict[int, float]:
        """CPU seconds since the start, by the system's number of the thread; the first is `pid`."""
        found = {}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return found

    def cpu_s(self) -> float:
        """CPU seconds since the start, of the threads that there are."""
        return sum(self.cpu_by_thread().values())


@contextmanager
def bare_server() -> Iterator[Server]:
    """The bare Starlette application."""
    port = _free_port()
    with _process([str(HERE / "bare.py"), str(port)], {}) as process:
        _wait_for(port, process)
        yield Server(port, process.pid)


@contextmanager
def our_server(
    rules: str,
    sink_port: int,
    *,
    program: Sequence[str] = ("-m", "automator"),
    environ: Mapping[str, str] | None = None,
    database: str | None = None,
    core: int | None = SERVER_CORE,
) -> Iterator[Server]:
    """`automator serve` with these rules, and with an empty database unless one is named."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        (folder / "rules" / "bench.yaml").write_text(rules)
        (folder / "automator.yaml").write_text(_SETTINGS.format(port=sink_port))
        port = _free_port()
        arguments = [*program, "serve", "--port", str(port)]
        arguments += ["--config", str(folder / "automator.yaml")]
        arguments += ["--rules", str(folder / "rules"), "--data", str(folder / "data")]
        arguments += ["--database", database] if database else []
        with _process(arguments, {"BENCH_SECRET": SECRET, **(environ or {})}, core) as process:
            _wait_for(port, process)
            yield Server(port, process.pid)


def rules_text(number: int, *, forward: bool) -> str:
    """A realistic mix of rules; with `forward`, each event matches exactly one that forwards."""
    rules = []
    for index in range(number):
        kind = index % 4
        if kind == 0:
            conditions = [f"keywords(event.text, ['từ khoá {index}', 'tu {index} khac'])"]
        elif kind == 1:
            conditions = [f"event.post.id == '100200300400_{9000 + index}'"]
        elif kind == 2:
            conditions = [f"contains(event.text, 'mã {index}') && event.actor.id != null"]
        else:
            conditions = [f"event.actor.id == '{500000 + index}'", "!(event.actor.is_self)"]
        event = "message.received" if index % 10 == 9 else "comment.created"
        rules.append({"id": f"rule-{index}", "trigger": {"event": event}, "conditions": conditions,
                      "actions": [{"log": "matched"}]})  # fmt: skip
    if forward:
        rules[-1] = {"id": "forward", "trigger": {"event": "comment.created"},
                     "conditions": ["keywords(event.text, ['giá', 'bao nhiêu'])"],
                     "actions": [{"forward": {"to": "sink"}}]}  # fmt: skip
    return json.dumps({"rules": rules}, ensure_ascii=False)


def signed_requests(number: int) -> list[bytes]:
    """Comments, each a new event of its own person, signed and ready to be written."""
    requests = []
    for index in range(number):
        body = delivery(changes=[comment(index, str(10**9 + index), "Áo này giá bao nhiêu ạ?")])
        requests.append(http_post("/hooks/bench-page", body, signed(body)))
    return requests


def numbered(requests: list[bytes], start: Iterator[int] | None = None) -> Iterator[bytes]:
    """The requests one after another; several connections share the iterator."""
    positions = start or count()
    for position in positions:
        if position >= len(requests):
            return
        yield requests[position]


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


@contextmanager
def _process(
    arguments: list[str], environ: dict[str, str], core: int | None = SERVER_CORE
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=HERE.parent,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        preexec_fn=None if core is None else partial(pin, core),
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
