"""Chooses the colours of a page: the person's choice, or else the setting of the device.

The server writes the choice into the page, so that no page appears in the wrong colours first.
"""

from starlette.requests import Request

COOKIE = "theme"
SYSTEM = "system"
THEMES = ("light", "dark", SYSTEM)


def theme_of(request: Request) -> str:
    """The colours that the person chose: light, dark, or `SYSTEM` for the device's colours."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else SYSTEM
