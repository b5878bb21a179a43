"""A provider sandbox in this process, as the other side of what a provider sends."""

import json
from typing import Any

from starlette.applications import Starlette

from automator.http.types import HttpReply
from tests.support.asgi import Caller, Reply

BASE = "http://127.0.0.1:8080"


async def call(
    app: Starlette,
    method: str,
    target: str,
    *,
    headers: Any = None,
    body: Any = b"",
) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await Caller(app).request(method, target, raw, headers)


class SandboxHttp:
    """An Http whose other side is a sandbox in this process."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Any = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        answer = await call(self.app, method, url.removeprefix(BASE), headers=headers, body=body)
        return HttpReply(answer.status, answer.headers, answer.body)


async def plan_faults(app: Starlette, *faults: dict[str, Any]) -> None:
    """Tells the sandbox which of the next requests shall fail, and how."""
    answer = await call(app, "POST", "/control", body={"next": faults})
    assert answer.status == 200
