"""The view in which a rule file opens: its text, or the form.

It is the view that the person chose last in this browser; before any choice, the text, and on a
narrow screen the form. Only the browser knows its width, so the page of a text that nobody chose
carries a script, `web/static/narrow.js`, which asks for `screen=narrow` before anything is painted.
"""

from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import quote

from automator.model import Place

COOKIE = "rule_view"
View = Literal["text", "form"]


def rule_address(place: Place) -> str:
    """The page of the file in which a rule stands, which opens at that rule in either view."""
    return f"/rules/{quote(place.file)}?near={place.line}"


def as_view(text: str) -> View | None:
    """The view with this name, or None."""
    return next((view for view in get_args(View) if view == text), None)


def is_just_saved(query: Mapping[str, str]) -> bool:
    """Whether the file was saved a moment ago, or an earlier version of it brought back."""
    return "1" in (query.get("saved"), query.get("brought"))


def view_of(query: Mapping[str, str], cookies: Mapping[str, str]) -> View | None:
    """The view that an address names or a person chose; None where nobody has chosen one."""
    asked = as_view(query.get("view", ""))
    if asked is None and ("line" in query or "saved" in query):
        # A problem leads to its line, and who has saved the text sees it again.
        return "text"
    narrow: View | None = "form" if query.get("screen") == "narrow" else None
    return asked or as_view(cookies.get(COOKIE, "")) or narrow
