"""The page that waits while the server restarts with changed settings, and the way to it."""

import hashlib
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import Response

from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.server.web.settings_file import SettingsFile
from automator.server.web.templates import render


async def show_applying(context: RequestContext) -> Response:
    """Waits until the server has restarted with the changed settings, then goes on."""
    to = context.query("to")
    if context.query("since") != _instance(context.services):
        return see_other(f"/connections{quote(to) if to.startswith('/') else ''}")
    return render(context, "applying.html")


def apply_and_show(file: SettingsFile, services: Services, to: str) -> Response:
    """Applies the changed settings; the browser waits for that, and goes to a page of connections.

    `to` is the part after `/connections` in its address.
    """
    return apply_with(file, see_other(waiting_page(services, to)))


def apply_with(file: SettingsFile, response: Response) -> Response:
    """The answer, after which the server restarts within its process, with this file."""
    response.background = BackgroundTask(file.restart.set)
    return response


def waiting_page(services: Services, to: str) -> str:
    """The address of the page that waits, and then goes on like `apply_and_show`."""
    return f"/connections/applying?since={_instance(services)}&to={quote(to)}"


def _instance(services: Services) -> str:
    """A name for this start of the server; the next start has another."""
    return hashlib.sha256(services.control_token.encode()).hexdigest()[:12]
