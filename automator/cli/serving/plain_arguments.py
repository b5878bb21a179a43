"""Runs `automator serve` without Typer, where nothing about its arguments is unusual.

Typer takes a tenth of a start, and 1.3 MB for as long as the server runs.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from automator.cli.serving.starting import MAX_PORT, ServeArguments, start
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.places import DEFAULT_CONFIG, zone_of
from automator.configuration.environment import Environment


def read_plainly(arguments: Sequence[str]) -> ServeArguments | None:
    """The arguments behind `serve`, or None where Typer has to explain something."""
    given: dict[str, Any] = {}
    following = iter(arguments)
    for argument in following:
        name, equals, value = argument.partition("=")
        if argument in _FLAGS:
            given[_FLAGS[argument]] = True
            continue
        if name not in _VALUES:
            return None
        value = value if equals else next(following, "")
        read = None if value.startswith("-") else _VALUES[name](value)
        if read is None:
            return None
        given[name.removeprefix("--")] = read
    if "config" not in given:
        given["config"] = _path(Environment.read().config)
    return ServeArguments(**given)


def serve_plainly(arguments: ServeArguments) -> int:
    """Runs the server as the command does; returns the exit code, 130 after Ctrl-C."""
    config = arguments.config or DEFAULT_CONFIG
    TRANSLATOR.choose(TRANSLATOR.language, zone_of(config))
    try:
        return start(arguments)
    except KeyboardInterrupt:
        return 130


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _text(text: str) -> str | None:
    return text or None


def _port(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PORT))):
        return None
    return int(text) if int(text) <= MAX_PORT else None


_FLAGS = {"--demo": "demo", "--i-understand-plain-http": "plain_http"}
_VALUES: dict[str, Callable[[str], Any]] = {
    "--config": _path,
    "--rules": _path,
    "--data": _path,
    "--database": _text,
    "--host": _text,
    "--port": _port,
}
