"""The real programs, started and killed: the server and the provider sandbox."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvicorn

from automator.sandbox import sandbox_app

#: As everything here that a test waits for: bounded, with room for a machine that is busy.
START_S = 90.0


class EndedAtItsStartError(Exception):
    """A server ended before it answered."""

    def __init__(self, printed: str, exit_code: int | None) -> None:
        super().__init__(printed)
        self.printed = printed
        self.exit_code = exit_code


class Program:
    """A process of ours, with what it printed kept in a file."""

    def __init__(
        self,
        arguments: list[str],
        log: Path,
        environ: Mapping[str, str],
        prefix: Sequence[str] = (),
        cwd: Path | None = None,
        python: str = sys.executable,
    ) -> None:
        """`prefix` is a program that starts ours in its own place, such as a tracer."""
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*prefix, python, "-m", "automator", *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                # As under a service manager, where nobody but the program lets its lines out.
                env={**os.environ, "PYTHONUNBUFFERED": "", "PYTHONFAULTHANDLER": "1", **environ},
                cwd=cwd,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def printed(self) -> str:
        return self._log.read_text(errors="replace")

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL: what a power cut or the OOM killer does."""
        self._process.kill()
        self._process.wait()

    def terminate(self, timeout_s: float = 30.0) -> int:
        """SIGTERM, as every service manager sends; returns the exit code.

        Raises:
            AssertionError: it did not end in time, and was killed; says where each thread was.
        """
        if not self.has_ended():
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5.0)
            self.kill()
            raise AssertionError(
                f"did not end within {timeout_s} s of SIGTERM:\n{self.printed}"
            ) from None


class ServerProgram(Program):
    """`automator serve` on a data folder; it may be started again after it was killed."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        cwd: Path | None = None,
        python: str = sys.executable,
    ) -> None:
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        control = self.data / "control.json"
        control.unlink(missing_ok=True)
        super().__init__(
            ["serve", "--data", str(self.data), "--port", "0", *arguments],
            folder / "server.log",
            environ or {},
            prefix,
            cwd,
            python,
        )
        self.url: str = self._wait_for(control)["url"]

    def _wait_for(self, control: Path) -> dict[str, Any]:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.has_ended():
                raise EndedAtItsStartError(self.printed, self._process.returncode)
            if control.exists():
                found: dict[str, Any] = json.loads(control.read_text())
                if found["pid"] == self.pid and is_answering(found["url"]):
                    return found
            time.sleep(0.02)
        raise AssertionError(f"the server did not start within {START_S} s:\n{self.printed}")

    @property
    def control_token(self) -> str:
        """The token with which commands on this machine call the API; each start makes another."""
        token: str = json.loads((self.data / "control.json").read_text())["token"]
        return token

    @property
    def sign_in_link(self) -> str:
        """A new link for the owner, as `automator link` prints it."""
        return str(self.api("POST", "/api/sign-in-links", {"account": "owner"})["url"])

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Calls the JSON API with the control token of this machine."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.control_token}"}
        if content:
            headers["content-type"] = "application/json"
        status, answer = call(self.url, method, path, content, headers)
        assert status < 300, (status, answer)
        return json.loads(answer)

    def everything(self, what: str) -> list[dict[str, Any]]:
        """All rows of a list of the API, such as `events`, over all its pages."""
        found: list[dict[str, Any]] = []
        before = ""
        while True:
            page = self.api("GET", f"/api/{what}?limit=100{before}")
            found += page["items"]
            if page["next"] is None:
                return found
            before = f"&cursor={page['next']}"

    def wait_until_found(self, text: str, events: int) -> None:
        """Waits until a search of the log for this text finds runs of so many events.

        The words index follows a moment behind the runs; whoever searches without looking again
        sees what it had.
        """
        path = f"/api/runs?{urlencode({'text': text, 'limit': 200})}"
        wait_until(
            lambda: len({run["event_id"] for run in self.api("GET", path)["items"]}) >= events,
            f"the words index finds {events} events by {text!r}",
        )


class Sandbox:
    """The outside, recorded, behind a port of its own."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def records(self, kind: str = "") -> list[dict[str, Any]]:
        """The requests that the sandbox received, the oldest first."""
        status, body = call(self.url, "GET", f"/records?kind={kind}&limit=10000")
        assert status == 200, body
        found = json.loads(body)
        records: list[dict[str, Any]] = found["records"] if isinstance(found, dict) else found
        return records

    def control(self, **orders: Any) -> None:
        """Orders errors or delays for what comes next."""
        content = json.dumps(orders).encode()
        headers = {"content-type": "application/json"}
        status, body = call(self.url, "POST", "/control", content, headers)
        assert status < 300, body


class SandboxProgram(Program, Sandbox):
    """`automator sandbox`, a process of its own."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.port = free_port()
        arguments = ["sandbox", "--port", str(self.port)]
        super().__init__(arguments, folder / "sandbox.log", {}, cwd=folder, python=python)
        deadline = time.monotonic() + START_S
        while not is_answering(self.url):
            assert not self.has_ended(), self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.02)


class SandboxThread(Sandbox):
    """As `automator sandbox`, in a thread of this process, which starts at once."""

    def __init__(self) -> None:
        config = uvicorn.Config(sandbox_app(), log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        wait_until(lambda: self._server.started, "the sandbox to start")

    def stop(self) -> None:
        """Answers nothing more, also not what it is to delay."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._socket.close()


def call(
    url: str,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 15.0,
) -> tuple[int, bytes]:
    """One request over a connection of its own.

    Raises:
        OSError, HTTPException: the other side did not answer.
    """
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=timeout_s)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def is_answering(url: str) -> bool:
    try:
        call(url, "GET", "/healthz", timeout_s=2.0)
    except (OSError, HTTPException):
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Any, what: str, timeout_s: float = 60.0) -> Any:
    """The first true value of `condition()`; fails with `what` after the time is up."""
    began = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited_s = time.monotonic() - began
        assert waited_s < timeout_s, f"not within {timeout_s} s: {what}"
        # Most looks ask a server: it answers few in a long wait, and many where a moment counts.
        time.sleep(min(max(0.05, waited_s / 20), 0.25))
