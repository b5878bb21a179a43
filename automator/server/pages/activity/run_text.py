"""Texts beside a run: its rule as it was, and its requests as commands of curl."""

import shlex
from collections.abc import Mapping
from typing import Any

#: Headers that curl sets by itself.
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_LONGEST_RULE = 400


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
    """A request as a command; what was redacted in the log stands there as `<redacted>`."""
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
