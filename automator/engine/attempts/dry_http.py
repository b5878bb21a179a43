"""Stand-ins for other systems: HTTP that sends nothing, and fixed access tokens.

Previews, simulations and rules in shadow mode use them to show what would be sent.
"""

from collections.abc import Mapping
from copy import copy
from types import MappingProxyType
from typing import Any

from automator.http.json_body import dump_json
from automator.http.types import HttpReply
from automator.model import Step
from automator.plugins import Provider
from automator.rules import assumed_answer

_OK = 200
#: The actions whose answers nobody knows beforehand.
UNFORESEEN = frozenset({"request", "answer"})


class DryHttp:
    """An Http that sends nothing. It answers as the other system would if all went well."""

    __slots__ = ("_body", "_headers", "_is_unknown", "_status")

    def __init__(
        self,
        status: int,
        answer: Any,
        headers: Mapping[str, str] = MappingProxyType({}),
        *,
        is_unknown: bool = False,
    ) -> None:
        self._is_unknown = is_unknown
        self._status = status
        self._headers = {"content-type": "application/json", **headers}
        self._body = b"" if answer is None else dump_json(answer)

    async def request(
        self,
        method: str,  # noqa: ARG002 - as Http says.
        url: str,  # noqa: ARG002
        *,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        body: bytes = b"",  # noqa: ARG002
        timeout_s: float = 15.0,  # noqa: ARG002
        target: str = "",  # noqa: ARG002
    ) -> HttpReply:
        """Returns the assumed answer."""
        return HttpReply(self._status, self._headers, self._body, self._is_unknown)


def dry_http(step: Step, provider: Provider | None, answers: Mapping[str, Any]) -> DryHttp:
    """Makes the HTTP of an attempt that sends nothing; `answers` has assumed answers by step id."""
    if step.id in answers:
        answer = assumed_answer(answers[step.id])
        return DryHttp(answer.status or _expected(step), answer.body, answer.headers)
    if step.action in UNFORESEEN or provider is None:
        return DryHttp(_expected(step), None, is_unknown=True)
    return DryHttp(_OK, provider.answer_when_sent)


def _expected(step: Step) -> int:
    """The first status that the step counts as success."""
    wanted = step.inputs.get("expect_status", _OK)
    first = wanted[0] if isinstance(wanted, list | tuple) and wanted else wanted
    digits = str(first).partition("-")[0].strip()
    return int(digits) if digits.isdecimal() else _OK


class _FixedAccess:
    """The access of a connection that sends nothing: a fixed token, which no platform accepts."""

    async def access(self) -> str:
        return "not-sent"

    async def renewed(self, refused: str) -> str:
        return refused


def dry_provider(provider: Provider) -> Provider:
    """The same connection with a fixed token, so that trying a rule renews no token."""
    dry = copy(provider)
    dry.tokens = _FixedAccess()
    return dry
