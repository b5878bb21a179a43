"""The contract of the API: calls made of its description, and answers checked against it."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from automator.server.web.security import Role
from tests.support.asgi import HOST, Caller, Reply
from tests.support.declared_answers import strict
from tests.support.site import Site

_URL = f"http://{HOST}"
_IN_PATH = re.compile(r"\{(\w+)\}")
_TOO_LARGE = 413


def no_fault(_context: Any, response: Response, _case: Any) -> None:
    """A check: the server answers anything with something better than 500."""
    assert response.status_code != 500, response.text


CHECKS = [
    no_fault,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


async def description_of(site: Site) -> dict[str, Any]:
    """The description that a server gives to a viewer."""
    reply = await (await site.program_as(Role.VIEWER)).get("/api/openapi.json")
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


@dataclass(slots=True)
class Contract:
    """A server and what it promises; its cases are made in another thread than it runs in."""

    operations: Mapping[str, Any]
    loop: asyncio.AbstractEventLoop
    #: The statuses of the answers, by the calls, such as `GET /api/runs`.
    answered: dict[str, set[int]] = field(default_factory=dict)

    @classmethod
    async def of(cls, site: Site) -> "Contract":
        """The contract of a server."""
        description = strict(await description_of(site))
        # Whoever calls brings a token.
        del description["security"], description["components"]["securitySchemes"]
        schema = schemathesis.openapi.from_dict(description)
        operations: list[Any] = [_whole(found) for found in schema.get_all_operations()]
        return cls({one.label: one for one in operations}, asyncio.get_running_loop())

    async def keep(self, caller: Caller, known: Mapping[str, str], *, wrongly: bool) -> list[str]:
        """Makes each call some times, rightly or `wrongly`; the breaches of the contract.

        `known` has what a path can name, by the first word and the name, as in `runs.id`.
        """
        return await asyncio.to_thread(self._breaches, caller, known, wrongly)

    def _breaches(self, caller: Caller, known: Mapping[str, str], wrongly: bool) -> list[str]:
        mode = GenerationMode.NEGATIVE if wrongly else GenerationMode.POSITIVE
        breaches = []
        for label, operation in self.operations.items():
            named = {
                name: known[f"{operation.path.split('/')[2]}.{name}"]
                for name in _IN_PATH.findall(operation.path)
            }
            for path in [{}, named] if named else [{}]:
                checks = [*CHECKS, negative_data_rejection] if wrongly and not path else CHECKS
                strategy = operation.as_strategy(
                    generation_mode=mode, **({"path_parameters": path} if path else {})
                )
                if breach := self._breach(label, strategy, caller, checks):
                    breaches.append(breach)
        return breaches

    def _breach(self, label: str, strategy: Any, caller: Caller, checks: list[Any]) -> str:
        @settings(
            max_examples=max(3, settings().max_examples // 4),
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def keeps_it(case: Any) -> None:
            self._check(label, case, caller, checks)

        try:
            keeps_it()
        except Unsatisfiable:
            return ""  # It takes nothing that could be wrong.
        except BaseExceptionGroup as broken:
            return f"{label}: {broken}"
        return ""

    def _check(self, label: str, case: Any, caller: Caller, checks: list[Any]) -> None:
        request = requests.Request(**case.as_transport_kwargs(base_url=_URL)).prepare()
        asked = asyncio.run_coroutine_threadsafe(_sent(caller, request), self.loop)
        reply = asked.result(timeout=60)
        self.answered.setdefault(label, set()).add(reply.status)
        headers: dict[str, list[str]] = {}
        for name, value in reply.raw_headers:
            headers.setdefault(name, []).append(value)
        response = Response(reply.status, headers, reply.body, request, elapsed=0, verify=False)
        if reply.status == _TOO_LARGE:
            # A refusal as well, which schemathesis does not count among them.
            checks = [check for check in checks if check is not negative_data_rejection]
        case.validate_response(response, checks=checks)


def _whole(found: Any) -> Any:
    """An operation that could be read."""
    return found.ok()


async def _sent(caller: Caller, request: requests.PreparedRequest) -> Reply:
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    body = request.body or b""
    assert isinstance(body, bytes | str)
    content = body.encode() if isinstance(body, str) else body
    sent: dict[str, str | None] = {**headers, **caller.headers}
    return await caller.request(request.method or "GET", request.path_url, content, sent)
