"""The shared parts of all endpoints of the sandbox: records, planned faults, answers, requests."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from automator.http.json_body import dump_json, parse_json
from automator.model import UnparsableDelivery, record
from automator.sandbox.faults import Fault, Faults
from automator.sandbox.recorder import Kind, Recorder

_KEPT_TEXT = 65_536
#: The pattern of ids of people, chats and channels, for platforms that have only one pattern.
_IDS: Mapping[str, re.Pattern[str]] = {
    "discord": re.compile(r"[0-9]+"),
    "line": re.compile(r"[UCR][0-9a-f]{32}"),
    "slack": re.compile(r"[CDGUW][A-Z0-9]*|#[\w-]{1,80}"),
    "telegram": re.compile(r"-?[0-9]{1,16}|@[A-Za-z]\w{3,31}"),
}
#: The names that the sandbox gives to people.
_NAMES: Final = (
    "Nguyễn Minh Anh",
    "Trần Thu Hà",
    "Lê Quốc Bảo",
    "Phạm Ngọc Lan",
    "Hoàng Gia Huy",
    "Vũ Thanh Mai",
    "Đặng Hải Nam",
    "Bùi Khánh Linh",
)


@dataclass(slots=True)
class SandboxContext:
    """The state of one sandbox: its records, its faults, and the tokens that it accepts."""

    recorder: Recorder
    #: The accepted access tokens; empty if any token is accepted.
    tokens: frozenset[str] = frozenset()
    #: The Page or account of each token; empty if a token may send for any.
    accounts: Mapping[str, str] = field(default_factory=dict)
    #: Meta's app secrets. A proof must fit one of them; if there are none, any proof is accepted.
    app_secrets: frozenset[str] = frozenset()
    #: Secrets of targets by name, to check the signature of forwards.
    target_secrets: Mapping[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def knows(self, token: str) -> bool:
        """Whether a request with this token is accepted."""
        return bool(token) and (not self.tokens or token in self.tokens)

    def has(self, platform: str, name: str) -> bool:
        """Whether a person, chat, channel or template exists at a platform.

        Every id with the platform's pattern exists, until POST /control says which ids exist.
        """
        form, known = _IDS.get(platform), self.faults.known.get(platform)
        return (form is None or form.fullmatch(name) is not None) and (
            known is None or name in known
        )

    async def recorded(
        self,
        request: Request,
        answer: "Answer",
        fault: Fault,
        kind: Kind,
        to: str,
        text: str,
        body: Any,
        **more: Any,
    ) -> Response:
        """Records a request with its answer, and returns the answer.

        `more` are further fields of Record.
        """
        of_request = {
            "path": request.url.path,
            "idempotency_key": request.headers.get("idempotency-key", ""),
            "headers": dict(request.headers),
            "body": body,
        }
        of_answer = {"status": answer.status, "answer": answer.body}
        self.recorder.add(kind=kind, to=to, text=text, **{**of_request, **of_answer, **more})
        return await self.answered(answer, fault)

    async def answered(self, answer: "Answer", fault: Fault) -> Response:
        """Returns the answer after the planned delay; a LostAnswer if the fault says so."""
        await self.faults.wait(fault)
        return LostAnswer() if fault.lost else answer.response()


@record(kw_only=False)
class Answer:
    """An answer of the sandbox: JSON, with a status and headers."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Returns the answer as a Starlette response."""
        return Response(
            dump_json(self.body), self.status, self.headers, media_type="application/json"
        )


class LostAnswer(Response):
    """An answer whose connection breaks before the answer is complete. The request was accepted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it.
        """Announces a longer body than it sends, which makes the server close the connection."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1024")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def name_of(person: str) -> str:
    """Returns the name of the person with this id: any id has a name, and always the same one."""
    return _NAMES[zlib.crc32(person.encode()) % len(_NAMES)]


def bearer_token(request: Request) -> str:
    """Returns the access token of a request, from the header or the query."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() in ("bearer", "token") and token:
        return token.strip()
    return request.query_params.get("access_token", "")


async def read_fields(request: Request) -> dict[str, Any]:
    """Returns the fields of a JSON or form body; empty if the body is neither."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        value = parse_json(body)
    except UnparsableDelivery:
        return {}
    return value if isinstance(value, dict) else {}


def readable(body: bytes) -> Any:
    """Returns a body as people read it: JSON as data, anything else as text of at most 64 KiB."""
    try:
        return orjson.loads(body) if len(body) <= _KEPT_TEXT else _cut(body)
    except orjson.JSONDecodeError:
        return _cut(body)


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Returns `value` if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str:
    """Returns `value` if it is a text, otherwise an empty one."""
    return value if isinstance(value, str) else ""


def as_list(value: Any) -> list[Any]:
    """Returns `value` if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def retry_header(fault: Fault, rate_wait_s: int | None = None) -> dict[str, str]:
    """Returns the Retry-After header of a fault, or of the provider's rate limit."""
    wait = fault.retry_after
    if wait is None and fault.error == "rate_limit":
        wait = rate_wait_s
    return {} if wait is None else {"retry-after": str(wait)}


def _cut(body: bytes) -> str:
    return body[:_KEPT_TEXT].decode("utf-8", "replace")
