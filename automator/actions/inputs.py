"""The types of inputs that several actions share."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BeforeValidator

from automator.headers import reserved_problem
from automator.model import PermanentError

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ORIGIN = re.compile(r"https?://[^/?#\s@{}]+[/?#]")


def _as_text(value: Any) -> Any:
    """A number or yes/no that a template kept its type becomes text; anything else stays."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _without_reserved(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        problem = reserved_problem(name)
        if problem:
            raise ValueError(problem)
    return headers


Text = Annotated[str, BeforeValidator(_as_text)]
#: Headers of a rule. Values are looked at when they are sent, because they may be templates.
Headers = Annotated[dict[str, Text], AfterValidator(_without_reserved)]


def has_template(text: str) -> bool:
    """True when `text` is rendered before it is used."""
    return "{{" in text or "{%" in text


def safe_url(written: Any, rendered: str) -> str:
    """The address to call: the placeholders of `written`, each filled as one encoded part.

    Scheme, host and port stay what the rule's author wrote, and a value from an event can add
    neither a path segment nor a parameter.

    Raises:
        PermanentError: the host is not literal (code `host_not_literal`), or a value would
            change the meaning of the path (code `bad_url`).
    """
    if not isinstance(written, str) or not has_template(written):
        return rendered
    literals = _PLACEHOLDER.split(written)
    if "{%" in written or not _ORIGIN.match(literals[0]):
        raise PermanentError(
            "the address does not begin with a literal host",
            fix="Write scheme, host and port as they are, as in https://api.example.com/… ; "
            "{{ … }} may stand only in the path and after '?'.",
            code="host_not_literal",
        )
    pattern = "(.*?)".join(re.escape(literal) for literal in literals)
    found = re.fullmatch(pattern, rendered, re.DOTALL)
    if found is None or any(value in (".", "..") for value in found.groups()):
        raise PermanentError(
            f"the address came out as {rendered[:200]!r}, which is not what the rule describes",
            fix="Look at the values that fill the address.",
            code="bad_url",
        )
    parts = [literals[0]]
    for value, literal in zip(found.groups(), literals[1:], strict=True):
        parts += [quote(value, safe=""), literal]
    return "".join(parts)


def merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Headers with lower-case names; a later layer wins."""
    return {name.lower(): value for layer in layers for name, value in layer.items()}


def place_of(url: str) -> str:
    """The host of an address, for people."""
    return urlsplit(url).netloc or url
