"""The health checks of a process; answering them does not load the pages."""

from starlette.types import Receive, Scope, Send

from automator.engine.runs.runner import Runner
from automator.server.http.text_answer import send_text
from automator.store import Store

_ALIVE, _READY = "/healthz", "/readyz"
_METHODS = ("GET", "HEAD")


class HealthChecks:
    """Answers `/healthz` while the process lives, and `/readyz` while it can do its work."""

    def __init__(self, store: Store, runner: Runner) -> None:
        self._store = store
        self._runner = runner

    def answers(self, path: str) -> bool:
        """Whether a path is the address of a health check."""
        return path in (_ALIVE, _READY)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["method"] not in _METHODS:
            allow = ", ".join(_METHODS)
            await send_text(send, 405, f"It takes: {allow}.\n", (b"allow", allow.encode()))
        elif scope["path"] == _ALIVE:
            await send_text(send, 200, "ok\n")
        elif trouble := self._trouble():
            await send_text(send, 503, f"{trouble}\n", (b"retry-after", b"30"))
        else:
            await send_text(send, 200, "ready\n")

    def _trouble(self) -> str:
        """The reason why this node cannot do its work; "" while it can."""
        return self._runner.trouble if self._store.is_accepting else "the store cannot commit"
