"""The request context, which pages and API calls get, and reading of bodies, forms and JSON."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from automator.configuration.settings import Settings
from automator.engine.rulesets.revisions import Revisions
from automator.language import Translator
from automator.model import N_, parse_id, record
from automator.plugins import AnyAction
from automator.providers.shared.forms import form_pairs
from automator.rules import RuleSet
from automator.server.http import body
from automator.server.http.body import SOCKET, BodyFault
from automator.server.http.multipart import Upload, read_multipart
from automator.server.http.parameters import LONGEST, NumberParameter, check_fields
from automator.server.web.attention import Attention
from automator.server.web.security import SCOPES, CrossSite, RequestError, Role, is_same_origin
from automator.server.web.services import Services
from automator.server.web.theme import theme_of
from automator.store import Log

T = TypeVar("T")

#: The key of the memory reservation of a request's body, in the request's scope.
RESERVATION = "automator.reservation"
MAX_FORM = 65_536
#: The most bytes of a form with the text of a rule file: 256 KiB, percent-encoded.
MAX_TEXT_FORM = 1_048_576
_TOKEN_BYTES = 16
#: At most this many fields of a form; the form of a rule has one for each key of each step.
_MOST_FIELDS = 1_600


@record(kw_only=False)
class Actor:
    """The author of a request. `session_id` is empty for API tokens."""

    name: str
    role: Role
    session_id: str = ""
    #: The account of the author; "" for the command line, and for tokens made on it.
    account: str = ""
    #: What the author's token is for, and the connections that it is limited to; () = all.
    scopes: tuple[str, ...] = SCOPES
    connections: tuple[str, ...] = ()


#: The author of a request of somebody who is not signed in.
NOBODY = Actor("", Role.VIEWER)


@dataclass(slots=True)
class RequestContext:
    """A request, its author, the services of the server, and the translator of the answer."""

    request: Request
    services: Services
    actor: Actor
    translator: Translator
    form: dict[str, str] = field(default_factory=dict)
    #: The files that were chosen in the form, by the names of their fields.
    files: dict[str, Upload] = field(default_factory=dict)
    #: The numbers of things that wait for a person; counted only for pages.
    attention: Attention = field(default_factory=Attention)
    _csrf_mask: bytes = field(default_factory=lambda: secrets.token_bytes(_TOKEN_BYTES))

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self.services.clock.now_ms()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which people read and write times."""
        return self.settings.zone

    # The properties and methods from here to `work` make a `ReportSource`.

    @property
    def log(self) -> Log:
        """The log of this server."""
        return self.services.store.log

    @property
    def settings(self) -> Settings:
        """The settings with which the server has started."""
        return self.services.settings

    @property
    def actions(self) -> Mapping[str, AnyAction]:
        """The actions of rules, by their names."""
        return self.services.actions

    @property
    def revisions(self) -> Revisions:
        """The rule sets of earlier revisions."""
        return self.services.rulebook.revisions

    async def rules(self) -> tuple[RuleSet, int]:
        """The rules in force, and their revision."""
        active = self.services.rulebook.active
        return active.rule_set, active.revision

    async def work(self, do: Callable[[], T], *, is_long: bool = False) -> T:
        """Calls `do` in a thread; of long work, one piece at a time.

        Raises:
            RequestError: too much long work is waiting already (503).
        """
        if is_long:
            return await self.services.rule_tests.run(do, of=self.actor.name)
        return await asyncio.to_thread(do)

    @property
    def csrf(self) -> str:
        """The CSRF token of forms of this session, masked for this answer; "" without a session."""
        session_id = self.actor.session_id
        return masked_csrf_token(session_id, self._csrf_mask) if session_id else ""

    @property
    def passkey_origin(self) -> str:
        """The one origin at which browsers use passkeys of this server; "" if there is none.

        Browsers want https or localhost, and a name: an address of digits has no passkeys.
        """
        try:
            parts = urlsplit(self.settings.public_url or f"http://{self.request.headers['host']}")
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except ValueError:
            return ""
        is_name = ":" not in host and not host.rpartition(".")[2].isdigit()
        if not is_name or (parts.scheme != "https" and host != "localhost"):
            return ""
        is_usual = port in (None, {"https": 443, "http": 80}.get(parts.scheme))
        return f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")

    @property
    def takes_gzip(self) -> bool:
        """Whether the answer may be compressed with gzip."""
        return "gzip" in self.request.headers.get("accept-encoding", "")

    @property
    def theme(self) -> str:
        """The colours of the page: light, dark, or the setting of the device."""
        return theme_of(self.request)

    @property
    def here(self) -> str:
        """The path and query of this request's address."""
        scope = self.request.scope
        query = scope["query_string"].decode("latin-1")
        return f"{scope['path']}?{query}" if query else str(scope["path"])

    def is_awaited(self) -> bool:
        """Whether somebody still waits for the answer; may be asked in any thread."""
        socket = self.request.scope.get(SOCKET)
        return socket is None or not socket.is_gone

    def may(self, role: Role) -> bool:
        """Whether this person has at least this role."""
        return bool(self.actor.name) and self.actor.role >= role

    def query(self, name: str) -> str:
        """A parameter of the address, trimmed and cut to `LONGEST` characters; "" if missing."""
        return self.request.query_params.get(name, "").strip()[:LONGEST]

    def number(self, parameter: NumberParameter) -> int:
        """A number in the address; the usual number if the parameter is missing.

        Raises:
            UsageError: the value is not a number, or too large.
        """
        return parameter.number(self.query(parameter.name))

    def path(self, name: str) -> str:
        """The parameter of the path with this name."""
        return str(self.request.path_params[name])

    def id_in_path(self) -> int:
        """The parameter `id` of the path.

        Raises:
            HTTPException: 404, if the text is not an id.
        """
        number = parse_id(self.path("id"))
        if number is None:
            raise HTTPException(404)
        return number

    def id_in_query(self, name: str) -> int | None:
        """An id in the address; None if the parameter is missing or is not an id."""
        return parse_id(self.query(name))


async def read_body(request: Request, limit: int) -> bytes:
    """Reads the body of a request.

    Raises:
        RequestError: the body has more than `limit` bytes or is late, the sender went away, or too
            many large bodies are being read already.
    """
    reservation = request.scope.get(RESERVATION)
    found = await body.read_body(request.scope, request.receive, limit, reservation)
    if isinstance(found, bytes):
        return found
    if found is BodyFault.TOO_LARGE:
        raise _too_large(limit)
    if found is BodyFault.NO_ROOM:
        raise RequestError(
            503,
            "busy",
            N_("Too many large requests are being worked on."),
            fix=N_("Try again in a moment."),
        )
    if found is BodyFault.LATE:
        raise RequestError(
            408, "slow_body", N_("The request did not arrive in time."), fix=N_("Send it again.")
        )
    raise RequestError(
        400, "disconnected", N_("The request ended early."), fix=N_("Send it again.")
    )


def _too_large(limit: int) -> RequestError:
    return RequestError(
        413,
        "too_large",
        N_("The request has more than {limit:size}."),
        fix=N_("Send less at once."),
        limit=limit,
    )


async def read_form(
    request: Request, limit: int, file_limit: int = 0
) -> tuple[dict[str, str], dict[str, Upload]]:
    """Reads the fields and files of an HTML form: `limit` bytes, and `file_limit` more for files.

    If a field occurs twice, the last value counts. Without a `file_limit`, files are refused.

    Raises:
        RequestError: the form is too large or has too many fields, or the body is not a form.
    """
    kind = _kind_of(request)
    has_files = kind == "multipart/form-data" and file_limit > 0
    content = await read_body(request, limit + file_limit if has_files else limit)
    if not content:
        return {}, {}
    if kind != "application/x-www-form-urlencoded" and not has_files:
        raise RequestError(
            415,
            "not_a_form",
            N_("An ordinary form is expected here."),
            fix=N_("Send the header Content-Type: application/x-www-form-urlencoded."),
        )
    try:
        if has_files:
            content_type = request.headers["content-type"]
            fields, files = read_multipart(content_type, content, _MOST_FIELDS)
            if sum(map(len, fields.values())) > limit:
                raise _too_large(limit)
            return fields, files
        pairs = form_pairs(content, _MOST_FIELDS)
    except ValueError as error:
        raise RequestError(
            400,
            "bad_form",
            N_("The form cannot be read."),
            fix=N_("Send it in UTF-8, with at most {most} fields."),
            most=_MOST_FIELDS,
        ) from error
    return dict(pairs), {}


async def read_json(request: Request, fields: Collection[str]) -> dict[str, Any]:
    """Reads the JSON object in a request's body; {} if the body is empty.

    Raises:
        RequestError: the body is not a JSON object, or its content type is not JSON.
        UsageError: the object has a name that is not among `fields`.
    """
    content = await read_body(request, MAX_TEXT_FORM)
    if not content:
        return {}
    if _kind_of(request) != "application/json":
        raise RequestError(
            415,
            "not_json",
            N_("JSON is expected here."),
            fix=N_("Send the header Content-Type: application/json."),
        )
    value = _json_object(content)
    check_fields(value, fields)
    return value


def _kind_of(request: Request) -> str:
    """The content type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise RequestError(
            400,
            "bad_json",
            N_("This is not JSON: {msg}."),
            fix=N_(
                "Look at line {line}, column {column} of the body; texts and names need "
                "double quotes, and there is no comma after the last one."
            ),
            msg=error.msg,
            line=error.lineno,
            column=error.colno,
        ) from error
    if not isinstance(value, dict):
        raise RequestError(
            400,
            "bad_json",
            N_("A JSON object is expected here."),
            fix=N_("Send names and values between curly brackets."),
        )
    return value


def masked_csrf_token(session_id: str, mask: bytes) -> str:
    """The CSRF token of a session, derived from the session's id and therefore not stored.

    It is a mask and the masked token, in hexadecimal. Each answer has another mask: the length of a
    compressed page then tells nothing about the token, whatever text a stranger puts beside it.
    """
    token = hmac.new(session_id.encode(), b"csrf", hashlib.sha256).digest()
    return (mask + bytes(one ^ other for one, other in zip(mask, token, strict=False))).hex()


def _is_csrf_token(given: str, session_id: str) -> bool:
    try:
        mask = bytes.fromhex(given[: 2 * _TOKEN_BYTES])
    except ValueError:
        return False
    # A shorter mask would leave less of the token to compare.
    is_whole = len(mask) == _TOKEN_BYTES
    expected = masked_csrf_token(session_id, mask)
    return is_whole and hmac.compare_digest(given.encode(), expected.encode())


def check_cross_site(request: Request, public_url: str, *, session_id: str, given: str) -> None:
    """Refuses a change that did not come from our own page with the token of the session.

    Raises:
        RequestError: another site made the request, or its token is wrong; the status is 403.
    """
    if not is_same_origin(request, public_url):
        raise CrossSite
    if not _is_csrf_token(given, session_id):
        raise RequestError(
            403,
            "form_expired",
            N_("This form belongs to another session."),
            fix=N_("Go back, reload the page, and try again."),
        )
