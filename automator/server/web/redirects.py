"""Redirects browsers after a form and after signing in, only to pages of this server."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse

HOME = "/"
_OWN_PAGES = ("/log", "/runs/", "/events", "/samples", "/review", "/replays", "/follow-ups",
              "/approvals", "/contacts", "/rules", "/limits", "/demo", "/connections", "/targets",
              "/deliveries", "/settings", "/help", "/inbox", "/overview")  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def see_other(address: str) -> RedirectResponse:
    """The answer to a form: the browser opens this address, and a reload does not send the form."""
    return RedirectResponse(address, 303)


def back_to(form: Mapping[str, str], usual: str) -> RedirectResponse:
    """The answer to a form that several pages show: leads to its field `next`, if it has one."""
    return see_other(safe_next([form["next"]]) if form.get("next") else usual)


def came_from(request: Request) -> str:
    """The path and query of the page on which a form or link was used; "" if it is unknown."""
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path


def safe_next(values: list[str]) -> str:
    """The one address in `values` if it is a page of this server, or else the home page."""
    if len(values) != 1:
        return HOME
    target = values[0]
    if _CONTROL.search(target) or "//" in target.split("?", 1)[0]:
        return HOME
    return target if target.startswith(_OWN_PAGES) else HOME
