"""Buttons and files as lines of a form.

A button is `Label | https://…` or `Label | payload`, a file `https://…` or `video | https://…`.
"""

from collections.abc import Mapping
from typing import Any

_BAR = " | "


def shown_buttons(buttons: Any) -> str | None:
    """The lines for the buttons in a file; None if lines cannot express them."""
    items = [] if buttons is None else buttons
    if not isinstance(items, list):
        return None
    lines = [_line(item) for item in items]
    shown = "\n".join(line for line in lines if line is not None)
    return shown if read_buttons(shown) == items else None


def read_buttons(lines: str) -> list[dict[str, str]]:
    """The buttons for the lines of a form."""
    return [_button(line.strip()) for line in lines.splitlines() if line.strip()]


def shown_files(files: Any) -> str | None:
    """The lines for the attachments in a file; None if lines cannot express them."""
    items = [] if files is None else files
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        return None
    kinds = [f"{item['type']}{_BAR}" if "type" in item else "" for item in items]
    shown = "\n".join(f"{kind}{item.get('url')}" for kind, item in zip(kinds, items, strict=True))
    return shown if read_files(shown) == items else None


def read_files(lines: str) -> list[dict[str, str]]:
    """The attachments for the lines of a form."""
    parts = [line.strip().rpartition(_BAR) for line in lines.splitlines() if line.strip()]
    return [{"type": kind, "url": url} if bar else {"url": url} for kind, bar, url in parts]


def _line(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    rest = item.get("url") or item.get("payload")
    return f"{item.get('text')}{_BAR}{rest}" if rest else str(item.get("text"))


def _button(line: str) -> dict[str, str]:
    text, bar, rest = line.rpartition(_BAR)
    if not bar:
        return {"text": line}
    name = "url" if rest.startswith(("https://", "http://")) else "payload"
    return {"text": text.strip(), name: rest.strip()}
