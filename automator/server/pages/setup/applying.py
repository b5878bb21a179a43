"""Restarts the server with changed settings, and shows a page that waits for that."""

import hashlib
from urllib.parse import quote

from starlette.background import BackgroundTask

from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.web.redirects import safe_next
from automator.server.web.settings_file import SettingsFile


async def show_applying(context: RequestContext) -> Response:
    """The page that reloads itself until the server has restarted, and then goes on."""
    if context.query("since") != _instance(context.services):
        return see_other(safe_next([context.query("to")]))
    return render(context, "applying.html")


def apply_and_show(file: SettingsFile, services: Services, to: str) -> Response:
    """Restarts the server with changed settings; the browser waits, and goes to a page."""
    return apply_with(file, see_other(waiting_page(services, to)))


def apply_with(file: SettingsFile, response: Response) -> Response:
    """Makes the server restart within its process, with this file, once the answer is sent."""
    response.background = BackgroundTask(file.restart.set)
    return response


def waiting_page(services: Services, to: str) -> str:
    """The address of the page that waits for the restart, then goes to `to`."""
    return f"/connections/applying?since={_instance(services)}&to={quote(to, safe='')}"


def _instance(services: Services) -> str:
    """A text that identifies this start of the server; it changes with a restart."""
    return hashlib.sha256(services.control_token.encode()).hexdigest()[:12]
