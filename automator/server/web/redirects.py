"""Redirects: to the next page after a form, and to the page that somebody wanted to see."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse

HOME = "/"
_OWN_PAGES = ("/log", "/runs/", "/events", "/samples", "/review", "/replays", "/follow-ups",
              "/approvals", "/contacts", "/rules", "/limits", "/demo", "/connections", "/targets",
              "/deliveries", "/settings", "/help")  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def see_other(address: str) -> RedirectResponse:
    """The answer to a form: the browser shows this page next, and a reload sends nothing again."""
    return RedirectResponse(address, 303)


def came_from(request: Request) -> str:
    """The path and query of the page with the sent form; "" if the browser does not tell."""
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path


def safe_next(values: list[str]) -> str:
    """The page to show after signing in: one of our own pages, or home for any other address."""
    if len(values) != 1:
        return HOME
    target = values[0]
    if _CONTROL.search(target) or "//" in target.split("?", 1)[0]:
        return HOME
    return target if target.startswith(_OWN_PAGES) else HOME
