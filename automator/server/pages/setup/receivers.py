"""The forms that add, try and remove receivers of `notify`; their addresses are secrets."""

import asyncio

from automator.actions.notify import send_notice
from automator.actions.notify_services import Notice
from automator.engine.outbound.gated_http import GatedHttp
from automator.model import LOOK_IN_LIST, N_, NotFoundError, StepError, UsageError, format_id
from automator.server.pages import RequestContext, Response, see_other
from automator.server.pages.setup.applying import apply_and_show
from automator.server.pages.setup.connection_forms import problems_of
from automator.server.pages.setup.connections import show_connections
from automator.server.setup.connection_changes import name_from
from automator.server.setup.receivers import (
    WAYS,
    address_of,
    remove_receiver,
    require_untold,
    save_receiver,
)
from automator.server.setup.settings_changes import settings_file

#: The kind of the form under which a typed address is kept.
_RECEIVER = "notify"


async def add_receiver(context: RequestContext) -> Response:
    """Writes the name and the address of a new receiver, and restarts the server with it."""
    services, form = context.services, context.form
    file, name = settings_file(services), name_from(form.get("receiver", ""))
    about = (context.actor.session_id, _RECEIVER)
    kept = services.typed_secrets.kept(form.get("kept", ""), *about, context.now_ms)
    way = form.get("way", "")
    written = address_of(way, form) if way in WAYS else form.get("address", "").strip()
    typed = {"address": written or kept.get("address", "")}
    try:
        await asyncio.to_thread(save_receiver, file, services.data, name, typed["address"])
    except UsageError as refused:
        return await show_connections(
            context,
            refused,
            problems=[item for _, item in problems_of(refused, context)],
            kept_under=services.typed_secrets.keep(
                *about, typed if typed["address"] else {}, context.now_ms
            ),
        )
    return apply_and_show(file, services, "/connections")


async def try_receiver_here(context: RequestContext) -> Response:
    """The button “Send a test notice”: sends a receiver a notice, as a rule does."""
    services, name = context.services, context.path("name")
    address = services.settings.notify.get(name)
    if address is None:
        raise NotFoundError(N_("no receiver is called {name}"), fix=LOOK_IN_LIST, name=name)
    notice = Notice(
        context.translator(N_("Test notice")),
        context.translator(N_("{who} has tried whether rules can tell you something here."),
                           who=context.actor.name),
        f"test-{format_id(services.ids.next())}",
        context.now_ms,
    )  # fmt: skip
    try:
        # Sent as steps send notices: a pause or a circuit breaker holds the notice back.
        await send_notice(GatedHttp(services.gate, services.http), name, address, notice)
    except StepError as failed:
        return await show_connections(context, failed)
    return see_other(f"/connections?told={name}#told")


async def remove_receiver_here(context: RequestContext) -> Response:
    """Removes a receiver, unless a rule notifies it, and restarts the server without it."""
    services, name = context.services, context.path("name")
    file = settings_file(services)
    try:
        require_untold((rule.spec for rule in services.rulebook.active.rule_set.rules), name)
    except UsageError as refused:
        return await show_connections(context, refused)
    await asyncio.to_thread(remove_receiver, file, services.data, name)
    return apply_and_show(file, services, "/connections")
