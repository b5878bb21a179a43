"""The messenger profile of a Page or an Instagram account, with the checks that Meta makes."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.sandbox.context import Answer, SandboxContext, as_mapping, bearer_token, read_fields
from automator.sandbox.meta.graph_errors import (
    ERRORS,
    GraphError,
    caller_error,
    error_answer,
    fault_answer,
)

_PARTS = ("get_started", "greeting", "persistent_menu", "ice_breakers")
_MOST = {"persistent_menu": 20, "ice_breakers": 4}
_TITLE, _GREETING = 30, 160


class MessengerProfile:
    """The endpoint /{account}/messenger_profile. Each token has its own profile."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._kept: dict[str, dict[str, Any]] = {}

    async def answer(self, request: Request) -> Response:
        """GET ?fields=…, POST with parts, or DELETE with `fields`."""
        fault, token = self._context.faults.take(request.url.path), bearer_token(request)
        kept = self._kept.setdefault(token, {})
        if refused := caller_error(self._context, request):
            given = error_answer(refused, fault)
        elif (planned := fault_answer(fault, ERRORS)) is not None:
            given = planned
        elif request.method == "GET":
            names = request.query_params.get("fields", "").split(",")
            found = {name: kept[name] for name in names if name in kept}
            given = Answer(200, {"data": [found] if found else []})
        else:
            fields = await read_fields(request)
            wrong = _change(kept, request.method, fields)
            error = GraphError(400, 100, f"(#100) {wrong}") if wrong else None
            done = Answer(fault.status or 200, {"result": "success"})
            given = error_answer(error, fault) if error else done
        return await self._context.answered(given, fault)


def _change(kept: dict[str, Any], method: str, fields: Mapping[str, Any]) -> str:
    """Changes the stored profile; returns the reason if the change is refused, else ""."""
    if method == "DELETE":
        removed = fields.get("fields") or ()
        after = {name: value for name, value in kept.items() if name not in removed}
    else:
        parts = {name: fields[name] for name in _PARTS if name in fields}
        if not parts:
            return "No profile property is named"
        if wrong := next(filter(None, (_refusal(*part) for part in parts.items())), ""):
            return wrong
        after = {**kept, **parts}
    is_page = fields.get("platform") != "instagram"
    if is_page and "persistent_menu" in after and "get_started" not in after:
        return "You must set a Get Started button if you also wish to use persistent menu"
    kept.clear()
    kept.update(after)
    return ""


def _refusal(name: str, value: Any) -> str:
    in_languages = [as_mapping(one) for one in value] if isinstance(value, list) else []
    if in_languages and not any(one.get("locale") == "default" for one in in_languages):
        return f"{name} needs the locale default"
    for localized in in_languages:
        items = localized.get("call_to_actions") or ()
        if len(items) > _MOST.get(name, len(items)):
            return f"{name} has too many items"
        if any(len(as_mapping(item).get("title") or "") > _TITLE for item in items):
            return f"{name}: a title has more than {_TITLE} characters"
        if len(localized.get("text") or "") > _GREETING:
            return f"greeting has more than {_GREETING} characters"
    return ""
