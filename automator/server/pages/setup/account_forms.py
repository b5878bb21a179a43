"""The buttons on a connection's page that add, change and remove its accounts."""

import asyncio

from starlette.responses import Response

from automator.model import ConflictError, StoreUnavailableError, UsageError
from automator.plugins import Provider
from automator.server.pages.setup.applying import apply_and_show
from automator.server.pages.setup.connection_forms import show_refused
from automator.server.setup.account_changes import remove_account, save_account
from automator.server.setup.settings_changes import settings_file
from automator.server.web.request_context import RequestContext


async def save_account_here(context: RequestContext) -> Response:
    """Adds or changes an account with its token, and restarts the server with it."""
    services, provider = context.services, _named(context)
    file = settings_file(services)
    try:
        await asyncio.to_thread(save_account, file, services.data, provider.hook, context.form)
    except (UsageError, ConflictError, StoreUnavailableError) as refused:
        return await show_refused(context, provider, refused)
    return apply_and_show(file, services, f"/{provider.connection}")


async def remove_account_here(context: RequestContext) -> Response:
    """Removes an account with its token, and restarts the server without it."""
    services, provider = context.services, _named(context)
    file, number = settings_file(services), context.path("account")
    await asyncio.to_thread(remove_account, file, services.data, provider.hook, number)
    return apply_and_show(file, services, f"/{provider.hook}")


def _named(context: RequestContext) -> Provider:
    return context.services.connection_named(context.path("name"))
