"""Chooses the view in which a rule file opens: its text, or the form.

A file opens in the view that the person chose last in this browser. Before any choice, it opens as
text, or on a narrow screen as the form. Only the browser knows the width of the screen. So if
nobody has chosen, the page has a script, `web/static/narrow.js`, which asks for `screen=narrow`
before anything is painted.
"""

from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import quote

from automator.model import Place

COOKIE = "rule_view"
View = Literal["text", "form"]


def rule_address(place: Place) -> str:
    """The address of a rule's file; the page opens at the rule in both views."""
    return f"/rules/{quote(place.file)}?near={place.line}"


def as_view(text: str) -> View | None:
    """The view with this name, or None."""
    return next((view for view in get_args(View) if view == text), None)


def is_just_saved(query: Mapping[str, str]) -> bool:
    """Whether the address says that the file was just saved, or its earlier text restored."""
    return "1" in (query.get("saved"), query.get("brought"))


def view_of(query: Mapping[str, str], cookies: Mapping[str, str]) -> View | None:
    """The view that an address names or a person chose; None if there is no choice yet."""
    asked = as_view(query.get("view", ""))
    if asked is None and ("line" in query or "saved" in query):
        # Links from problems name a line of the text; after saving the text, it is shown again.
        return "text"
    narrow: View | None = "form" if query.get("screen") == "narrow" else None
    return asked or as_view(cookies.get(COOKIE, "")) or narrow
