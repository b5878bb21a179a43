"""Every answer of the API that a test sees is compared with the description of the API."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from automator.server.api.routes import api_routes
from automator.server.openapi import describe
from tests.support.asgi import Caller, Reply

_HOLE = re.compile(r"\\{\w+\\}")
#: Answers to what is no call: another method, another path, another host.
_OF_NO_CALL = (404, 405)


def strict(description: dict[str, Any]) -> dict[str, Any]:
    """The description with answers that have no field beside the declared ones."""
    for shape in description["components"]["schemas"].values():
        if "properties" in shape:
            shape.setdefault("additionalProperties", False)
    return description


@cache
def _description() -> dict[str, Any]:
    return strict(describe(api_routes()))


@cache
def _operations() -> list[tuple[str, re.Pattern[str], Mapping[str, Any]]]:
    found = [
        (method.upper(), re.compile(_HOLE.sub(".+", re.escape(path))), operation)
        for path, operations in _description()["paths"].items()
        for method, operation in operations.items()
    ]
    # Of several that fit, the one with the most letters of its own is meant.
    return sorted(found, key=lambda item: -len(item[1].pattern.replace(".+", "")))


@cache
def _validator(name: str, status: str) -> Any:
    operation = next(item[2] for item in _operations() if item[2]["operationId"] == name)
    answer = operation["responses"][status]
    if "$ref" in answer:
        answer = _description()["components"]["responses"][status]
    content = answer.get("content", {}).get("application/json")
    if content is None:
        return None
    schema = {**content["schema"], "components": _description()["components"]}
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def compare(method: str, path: str, reply: Reply) -> None:
    """Compares an answer with the description.

    Raises:
        AssertionError: its status is not declared, or its JSON has another shape.
    """
    where = path.partition("?")[0]
    for name, pattern, operation in _operations():
        if name == method and pattern.fullmatch(where):
            if reply.status in _OF_NO_CALL and str(reply.status) not in operation["responses"]:
                return
            assert str(reply.status) in operation["responses"], (method, path, reply.text)
            validator = _validator(operation["operationId"], str(reply.status))
            problems = [] if validator is None else [*validator.iter_errors(reply.json())]
            assert problems == [], (method, path, problems[0], reply.text)
            return


@contextmanager
def compared_answers() -> Iterator[None]:
    """While it lasts, callers compare each answer of the API that they get."""
    ask = Caller.request

    async def asked(self: Caller, method: str, path: str, *more: Any, **named: Any) -> Reply:
        reply = await ask(self, method, path, *more, **named)
        compare(method, path, reply)
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Caller, "request", asked)
        yield
