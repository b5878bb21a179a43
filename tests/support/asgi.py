"""Calls an ASGI application in this process, as a browser or a program would call a server."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
from starlette.types import ASGIApp

HOST = "127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Header values by lower-case name."""
        return dict(self.raw_headers)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


def multipart(
    fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]], boundary: str
) -> bytes:
    """A form with files, as a browser sends it; each file with its name and content."""
    parts = [(name, "", text.encode()) for name, text in fields.items()]
    for name, (file, content) in files.items():
        escaped = file.replace('"', "%22")
        parts.append((name, f'; filename="{escaped}"\r\nContent-Type: application/zip', content))
    return b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, more, content in parts
    ) + (f"--{boundary}--\r\n".encode())


@dataclass(slots=True)
class Caller:
    """Somebody with a cookie jar. Headers of None are left out, also those sent by default."""

    app: ASGIApp
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, headers: Mapping[str, str | None] | None = None) -> Reply:
        """GET."""
        return await self.request("GET", path, headers=headers)

    async def post(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Reply:
        """POST of a form, from one of our own pages."""
        sent: dict[str, str | None] = {
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "same-origin",
            **(headers or {}),
        }
        return await self.request("POST", path, urlencode(form or {}).encode(), sent)

    async def upload(
        self, path: str, form: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]
    ) -> Reply:
        """POST of a form with files, from one of our own pages."""
        sent = {
            "content-type": "multipart/form-data; boundary=----ours",
            "sec-fetch-site": "same-origin",
        }
        return await self.request("POST", path, multipart(form, files, "----ours"), sent)

    async def json(
        self,
        method: str,
        path: str,
        value: Any = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Reply:
        """An API call."""
        body = b"" if value is None else orjson.dumps(value)
        sent = {"content-type": "application/json", **(headers or {})}
        return await self.request(method, path, body, sent)

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
        *,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
        before_body: Callable[[], Awaitable[object]] | None = None,
    ) -> Reply:
        """One request; `raw_headers` replace all others. The body is sent after `before_body`."""
        scope = self.scope(method, path, headers, raw_headers)
        messages: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body}]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if messages:
                if before_body is not None:
                    await before_body()
                return messages.pop()
            await asyncio.sleep(3600)
            raise AssertionError("the request was waited for")

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        reply = Reply(
            status=sent[0]["status"],
            raw_headers=tuple(
                (name.decode().lower(), value.decode()) for name, value in sent[0]["headers"]
            ),
            body=b"".join(message.get("body", b"") for message in sent[1:]),
        )
        self._keep_cookies(reply)
        return reply

    def scope(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | None] | None = None,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
    ) -> dict[str, Any]:
        """The ASGI scope of a request."""
        wanted: dict[str, str | None] = {"host": HOST, **self.headers}
        if self.cookies:
            wanted["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        wanted.update(headers or {})
        made = [
            (name.encode(), value.encode("latin-1"))
            for name, value in wanted.items()
            if value is not None
        ]
        route, _, query = path.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(route),
            "raw_path": route.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": made if raw_headers is None else raw_headers,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8080),
        }

    def _keep_cookies(self, reply: Reply) -> None:
        for name, value in reply.raw_headers:
            if name != "set-cookie":
                continue
            for cookie, morsel in SimpleCookie(value).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(cookie, None)
                else:
                    self.cookies[cookie] = morsel.value
