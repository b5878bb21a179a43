"""Texts beside a run: its rule as it was, its requests as curl, and the values in its texts."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from automator.model import Event, Step, shortened
from automator.plugins import AnyAction
from automator.rules import CompiledRule
from automator.rules.references.outputs import paths_read

#: Headers that curl sets by itself.
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_LONGEST_RULE = 400
_MOST_VALUES = 12
_LONGEST_VALUE = 160


def rule_text(file: str, line: int) -> str:
    """The lines of the rule that begins at a line of its file, without those of the next one."""
    lines = file.splitlines()[max(line - 1, 0) :]
    if not lines:
        return ""
    indent = _indent(lines[0])
    for number, text in enumerate(lines[1:], 1):
        if text.strip() and not text.lstrip().startswith("#") and _indent(text) <= indent:
            lines = lines[:number]
            break
    return "\n".join(text[indent:] for text in lines[:_LONGEST_RULE]).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def as_curl(request: Mapping[str, Any]) -> str:
    """A request as a curl command; redacted parts are shown as `<redacted>`."""
    headers = [
        f"-H {shlex.quote(f'{name}: {value}')}"
        for name, value in (request.get("headers") or {}).items()
        if name.lower() not in _OWN_HEADERS
    ]
    method = str(request.get("method") or "GET")
    parts = [
        f"curl -X {shlex.quote(method)} {shlex.quote(str(request.get('url') or ''))}",
        *headers,
    ]
    body = request.get("body")
    if body:
        parts.append(f"--data-raw {shlex.quote(str(body))}")
    return " \\\n  ".join(parts)


def step_values(
    step: Step, action: AnyAction, rule: CompiledRule, data: Mapping[str, Any], event: Event
) -> list[tuple[str, str]]:
    """The paths with their values; values that were not kept, as of the contact at the time, are
    left out.
    """
    scope: Mapping[str, Any] = {
        "event": event.body,
        "connection": {"name": event.connection, "provider": event.provider},
        "vars": {**rule.vars, **data.get("vars", {})},
        "steps": data.get("steps", {}),
    }
    known = [names for names in paths_read(step, action) if names[0] in scope and event.body]
    return [(".".join(names), _shown(scope, names)) for names in known[:_MOST_VALUES]]


def _shown(value: Any, names: tuple[str, ...]) -> str:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return shortened(json.dumps(value, ensure_ascii=False, default=str), _LONGEST_VALUE)
