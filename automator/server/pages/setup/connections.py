"""The page of the connections: the webhook address of each, and whether anything arrives."""

import asyncio
from collections.abc import Mapping, Sequence

from automator.model import AutomatorError, Problem, Reason, UsageError, record
from automator.plugins import Provider
from automator.providers.simulator import sample_names
from automator.server.pages import RequestContext, Response, Services, render
from automator.server.pages.setup.applying import apply_and_show
from automator.server.setup.leaving_demo import cancel_what_waits, demo_exit, make_settings_file
from automator.server.setup.receivers import WAYS
from automator.server.setup.settings_changes import set_public_url, settings_file
from automator.server.shared.events import latest_events
from automator.server.web.security import Role
from automator.store import EventRow

_FAVOURITE = "facebook/comment.created"
_QUESTION = "Giá bao nhiêu vậy shop?"


@record(kw_only=False)
class ConnectionRow:
    """A connection on the page."""

    provider: Provider
    #: The problems that the watchdog has found.
    warnings: Sequence[Reason]
    address: str
    #: The reason why the access of the connection was lost; None if it was not.
    lost: Reason | None
    last: EventRow | None
    #: The command that sends a sample to the connection.
    try_it: str


async def show_connections(
    context: RequestContext,
    refused: AutomatorError | None = None,
    *,
    problems: Sequence[Problem] = (),
    kept_under: str = "",
) -> Response:
    """Every connection with its webhook address and its last event, and the receivers of `notify`.

    `refused` and `problems` say why the values of a form were not saved. `kept_under` is the key
    under which the secret in this form is kept, so that nobody has to type it again.
    """
    states = await context.services.watchdog.states()
    warnings: dict[str, Sequence[Reason]] = {state.connection: state.warnings() for state in states}
    for name, reason in context.attention.troubles.items():
        warnings[name] = [*warnings.get(name, ()), reason]
    rows = await asyncio.to_thread(_rows, context.services, warnings)
    return render(
        context,
        "connections.html",
        status=422 if refused else 200,
        refused=refused,
        problems=problems,
        kept_under=kept_under,
        receivers=sorted(context.services.settings.notify),
        ways=WAYS,
        given=context.form,
        public_url=context.form.get("public_url", context.services.settings.public_url),
        connections=rows,
        may_change=context.services.settings_file is not None and context.may(Role.ADMIN),
        after_demo=context.services.after_demo if context.may(Role.ADMIN) else None,
    )


async def change_public_url(context: RequestContext) -> Response:
    """Sets the public address of this server, and restarts with it."""
    services = context.services
    file, address = settings_file(services), context.form.get("public_url", "")
    try:
        await asyncio.to_thread(set_public_url, file, address)
    except UsageError as refused:
        return await show_connections(context, refused)
    return apply_and_show(file, services, "/connections")


async def leave_demo(context: RequestContext) -> Response:
    """Ends the demo: the server restarts with settings of its own, and asks for a connection."""
    services = context.services
    file = demo_exit(services)
    await asyncio.to_thread(make_settings_file, file, context.form.get("timezone", ""))
    await cancel_what_waits(services, context.actor.name)
    return apply_and_show(file, services, "/connections/new")


def _rows(services: Services, warnings: Mapping[str, Sequence[Reason]]) -> list[ConnectionRow]:
    base = services.outside_url
    lost = {keeper.connection: keeper.lost for keeper in services.token_keepers}
    latest = latest_events(services.store.log, services.connections)
    return [
        ConnectionRow(
            provider=provider,
            warnings=warnings.get(name, ()),
            address=f"{base}/hooks/{name}",
            lost=lost.get(name),
            last=latest.get(name),
            try_it=send_command(provider),
        )
        for name, provider in services.connections.items()
    ]


def send_command(provider: Provider | None) -> str:
    """The command that sends a sample to this connection; people copy it into a terminal."""
    names = sample_names(provider.name) if provider else []
    if provider is None or not names:
        return "automator send --list"
    name = _FAVOURITE if _FAVOURITE in names else names[0]
    text = f' --text "{_QUESTION}"' if name == _FAVOURITE else ""
    return f"automator send {name}{text} --connection {provider.connection}"
