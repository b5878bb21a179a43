"""The security of requests: roles, errors, host and origin checks, and the headers of answers."""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from automator.language import Translator
from automator.model import N_, AutomatorError, Reason, UsageError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

#: The path of the metrics; the paths of all other calls for programs begin with `/api/`.
METRICS = "/metrics"
#: The address at which agents use the API over MCP.
AGENTS = "/mcp"

#: The labels of the roles, as texts of the catalogue.
ROLE_LABELS = (N_("viewer"), N_("editor"), N_("admin"))


class Role(IntEnum):
    """The rights of an account; a higher role includes the lower ones."""

    VIEWER = 1  #: Reads the log, events and rules.
    EDITOR = 2  #: Also changes rules, retries, cancels and replays.
    ADMIN = 3  #: Also manages tokens and sign-in links.

    @property
    def label(self) -> str:
        """The word that commands, the API and documents use; pages say it in their language."""
        return self.name.lower()

    @classmethod
    def named(cls, label: str) -> "Role | None":
        """The role with this label, or None."""
        return next((role for role in cls if role.label == label), None)

    @classmethod
    def required(cls, label: str) -> "Role":
        """The role with this label.

        Raises:
            UsageError: there is no such role.
        """
        role = cls.named(label)
        if role is None:
            raise UsageError(N_("there is no such role"), fix=N_("viewer, editor or admin."))
        return role


#: The concerns that an API token may be for. Calls that change nothing need `read`.
Scope = Literal["read", "replay", "shadow", "rules", "people", "settings"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


class RequestError(AutomatorError):
    """A request is refused; `status` is the status of the HTTP answer."""

    def __init__(
        self, status: int, code: str, message: Reason | str, *, fix: str = "", **values: object
    ) -> None:
        super().__init__(message, fix=fix, code=code, **values)
        self.status = status


def is_for_programs(path: str) -> bool:
    """Whether a path is for programs, which get errors as JSON: the API, the metrics, and MCP."""
    return f"{path}/".startswith("/api/") or path in (METRICS, AGENTS)


def error_json(error: AutomatorError, translator: Translator) -> dict[str, Any]:
    """An error as JSON for programs, with sentences in the reader's language."""
    message, fix = translator.error(error)
    params = {name: _as_json(value) for name, value in error.values.items()}
    return {"error": error.code, "params": params, "message": message, "fix": fix}


def _as_json(value: object) -> Any:
    if isinstance(value, Reason):
        return value.to_json()
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


class SignInNeeded(RequestError):
    """Nobody is signed in, or the API token is not valid."""

    def __init__(self, message: str = N_("Please sign in first.")) -> None:
        super().__init__(
            401,
            "sign_in_needed",
            message,
            fix=N_(
                "Run `automator link` on the server for a sign-in link, or send a valid API token."
            ),
        )


class CrossSite(RequestError):
    """A page of another site made the request."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "cross_site",
            N_("This request was made by another site."),
            fix=N_("Open the page on this server and do it there."),
        )


CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    # Scripts make no HTML from texts. Only web/static/fragments.js reads HTML, of our own pages.
    "require-trusted-types-for 'script'; trusted-types fragments"
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # With no-referrer, browsers would send `Origin: null` with our own forms, and over plain http
    # no other header tells which site a form is from. Other sites learn nothing in either case.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_NOT_STORED = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", b"max-age=31536000")


def with_security_headers(
    headers: Iterable[tuple[bytes, bytes]], *, https: bool
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with the security headers, and `no-store` if it sets no caching."""
    result = [*headers, *_HEADERS]
    if not any(name.lower() == b"cache-control" for name, _ in result):
        result.append(_NOT_STORED)
    if https:
        result.append(_HSTS)
    return result


# --- Hosts ---

_HOST = re.compile(r"^(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?$")
_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def host_name(header: str) -> str | None:
    """The name in a Host header, without port and brackets; None if it is malformed."""
    found = _HOST.match(header.strip().lower())
    return found["host"].strip("[]") if found else None


def allowed_hosts(public_url: str, bound: str | None) -> frozenset[str]:
    """The names under which this server answers.

    `bound` is the address on which the connection arrived. A request that names this address cannot
    have come through the host name of another site, so the address is allowed.
    """
    names = set(_LOCAL_HOSTS)
    public = urlsplit(public_url).hostname
    names.update(name.lower() for name in (public, bound) if name)
    return frozenset(names)


def check_host(headers: Iterable[tuple[bytes, bytes]], allowed: frozenset[str]) -> None:
    """Refuses a request whose Host header does not occur once or does not name this server.

    Raises:
        RequestError: 400 for a bad header, 421 for an unknown name.
    """
    values = [value.decode("latin-1") for name, value in headers if name == b"host"]
    if len(values) != 1 or (name := host_name(values[0])) is None:
        raise RequestError(
            400,
            "bad_host",
            N_("The Host header is missing, doubled or malformed."),
            fix=N_("Send it once, with the name that is in the address."),
        )
    if name not in allowed:
        raise RequestError(
            421,
            "unknown_host",
            N_("This server does not answer under this name."),
            fix=N_(
                "Set `public_url` in automator.yaml to the address that you use, and start again."
            ),
        )


# --- Cookies, origins and cross-site requests ---


def set_cookie(
    response: "Response", name: str, value: str, *, lifetime_s: int, https: bool
) -> None:
    """Sets a cookie for no script and no form of another site; without a value, deletes it."""
    response.set_cookie(
        name,
        value,
        max_age=lifetime_s if value else 0,
        secure=https,
        httponly=True,
        samesite="lax",
    )


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_same_origin(request: "Request", public_url: str) -> bool:
    """Whether one of our own pages made the request, according to the browser.

    Sec-Fetch-Site decides if the browser sends it. Otherwise Origin must be the host of the request
    or the public address.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    public = urlsplit(public_url)
    if public.netloc and (parts.scheme, parts.netloc) == (public.scheme, public.netloc):
        return True
    return parts.netloc == request.headers.get("host")


def is_asked_over_https(request: "Request", public_url: str) -> bool:
    """Whether a browser reaches this server under its public https address.

    Under another name, such as 127.0.0.1, a browser bypasses the https proxy, and drops secure
    cookies.
    """
    public = urlsplit(public_url)
    if public.scheme != "https":
        return False
    # Proxies may replace Host, but with a form the browser sends the page's address in Origin.
    if request.headers.get("origin", "").startswith("https://"):
        return True
    return host_name(request.headers.get("host", "")) == public.hostname


def is_foreign(request: "Request", public_url: str) -> bool:
    """Whether a page of another site made the request; not for programs, which send no Origin."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and not is_same_origin(request, public_url)
