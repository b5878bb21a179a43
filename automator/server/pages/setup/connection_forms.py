"""The pages that add, change and remove connections, and list what a connection still needs."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import Response

from automator.model import (
    LOOK_IN_LIST,
    N_,
    NotFoundError,
    Problem,
    Reason,
    UsageError,
    Verdict,
    record,
)
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.server.editing.connection_changes import (
    SettingsRefusedError,
    name_from,
    provider_named,
    remove_connection,
    save_connection,
    set_public_url,
    settings_file,
    written_connections,
)
from automator.server.editing.connection_fields import (
    CHECKS,
    answers_with,
    can_be_asked,
    checks_of,
    option_fields,
)
from automator.server.editing.leaving_demo import cancel_what_waits, demo_exit, make_settings_file
from automator.server.editing.set_up_steps import steps_after_saving, steps_of
from automator.server.pages.setup.connections import (
    REFUSED_ACCESS,
    refused_access,
    show_connections,
)
from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.server.web.settings_file import SettingsFile
from automator.server.web.templates import render
from automator.store import EventFilter

#: The providers that most shops begin with.
_FIRST = ("facebook", "instagram", "whatsapp", "zalo", "telegram", "line")


@record(kw_only=False)
class Check:
    """A requirement of a connection, and whether it is met; its sentence says how it is."""

    is_good: bool
    says: str
    link: str = ""
    reason: Reason | None = None


async def choose_provider(context: RequestContext) -> Response:
    """Every kind of sender that a page can set up."""
    settings_file(context.services)
    asked = [item for item in BUILTIN.values() if can_be_asked(item)]
    first = [item for name in _FIRST for item in asked if item.name == name]
    return render(
        context,
        "connect.html",
        first=first,
        others=[item for item in asked if item not in first and not checks_of(item)],
        any_sender=[item for item in asked if checks_of(item)],
        checks=CHECKS,
    )


async def new_connection(context: RequestContext) -> Response:
    """The form for a new connection of one provider."""
    return _form(context, provider_named(context.path("provider")), name="", is_new=True)


async def add_connection(context: RequestContext) -> Response:
    """Writes the new connection and applies it; secrets that were made up show this one time."""
    provider = provider_named(context.path("provider"))
    name = name_from(context.form.get("name", ""))
    return await _save(context, provider, name, is_new=True)


async def show_connection(context: RequestContext) -> Response:
    """One connection: its address, what it lacks, the steps at the provider, and its options."""
    name = context.path("name")
    provider = context.services.connections.get(name)
    if provider is None:
        raise NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=name)
    checks = await _checks(context, provider)
    return _form(context, type(provider), name=name, is_new=False, checks=checks)


async def change_connection(context: RequestContext) -> Response:
    """Writes the changes, and applies them."""
    name = context.path("name")
    file = settings_file(context.services)
    written = written_connections(await asyncio.to_thread(file.read)).get(name)
    if not isinstance(written, dict):
        raise NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=name)
    return await _save(context, provider_named(str(written.get("provider"))), name, is_new=False)


async def remove_here(context: RequestContext) -> Response:
    """Takes a connection out with its secrets, and applies it."""
    services, name = context.services, context.path("name")
    file = settings_file(services)
    await asyncio.to_thread(remove_connection, file, services.data, name)
    return _applied(file, see_other(_waiting(services, "/connections")))


async def change_public_url(context: RequestContext) -> Response:
    """Sets the address under which the outside reaches this server, and applies it."""
    services = context.services
    file, address = settings_file(services), context.form.get("public_url", "")
    try:
        await asyncio.to_thread(set_public_url, file, address)
    except UsageError as refused:
        return await show_connections(context, refused)
    return _applied(file, see_other(_waiting(services, "/connections")))


async def leave_demo(context: RequestContext) -> Response:
    """Ends the demo: the server goes on with settings of its own, and asks for a connection."""
    services = context.services
    file = demo_exit(services)
    await asyncio.to_thread(make_settings_file, file, context.form.get("timezone", ""))
    await cancel_what_waits(services, context.actor.name)
    return _applied(file, see_other(_waiting(services, "/new")))


async def show_applying(context: RequestContext) -> Response:
    """Waits until the server has started anew with the changed settings, then goes on."""
    to = context.query("to")
    if context.query("since") != _instance(context.services):
        return see_other(f"/connections{quote(to) if to.startswith('/') else ''}")
    return render(context, "applying.html")


async def _save(
    context: RequestContext, provider: type[Provider], name: str, *, is_new: bool
) -> Response:
    services = context.services
    file = settings_file(services)
    try:
        made = await asyncio.to_thread(
            save_connection,
            file,
            services.data,
            name,
            provider,
            context.form,
            is_new=is_new,
        )
    except SettingsRefusedError as refused:
        return _form(context, provider, name=name, is_new=is_new, problems=refused.problems)
    except UsageError as refused:
        return _form(context, provider, name=name, is_new=is_new, refused=refused)
    to = _waiting(services, f"/{name}")
    if not made:
        return _applied(file, see_other(to))
    page = render(
        context,
        "connected.html",
        name=name,
        address=f"{services.outside_url}/hooks/{name}",
        made=made,
        steps=steps_after_saving(provider.name),
        to=to,
    )
    return _applied(file, page)


def _applied(file: SettingsFile, response: Response) -> Response:
    """The answer, after which the server starts anew within its process, with this file."""
    response.background = BackgroundTask(file.restart.set)
    return response


def _waiting(services: Services, to: str) -> str:
    to = to.removeprefix("/connections")
    return f"/connections/applying?since={_instance(services)}&to={quote(to)}"


def _instance(services: Services) -> str:
    """A name of this start of the server, which is another one after the next."""
    return hashlib.sha256(services.control_token.encode()).hexdigest()[:12]


def _form(
    context: RequestContext,
    provider: type[Provider],
    *,
    name: str,
    is_new: bool,
    problems: Sequence[Problem] = (),
    refused: UsageError | None = None,
    checks: Sequence[Check] = (),
) -> Response:
    services = context.services
    written: dict[str, Any] = {}
    check = context.form.get("check") or context.query("check")
    if not is_new and services.settings_file is not None:
        found = written_connections(services.settings_file.read()).get(name)
        written = found if isinstance(found, dict) else {}
    may_change = services.settings_file is not None and context.may(Role.ADMIN)
    return render(
        context,
        "connection_form.html",
        status=422 if problems or refused else 200,
        provider=provider,
        name=name,
        is_new=is_new,
        fields=option_fields(provider, written, check) if may_change else [],
        needed_to_answer=answers_with(provider),
        check=check,
        given=context.form,
        steps=steps_of(provider.name),
        address=f"{services.outside_url}/hooks/{name or '…'}",
        problems=problems,
        refused=refused,
        checks=checks,
        may_change=may_change,
        suggested=_suggested(provider.name, services),
    )


def _suggested(provider: str, services: Services) -> str:
    names = {"facebook": "shop-page", "zalo": "shop-oa"}
    wanted = names.get(provider, f"shop-{provider.replace('_', '-')}")
    return wanted if wanted not in services.connections else ""


async def _checks(context: RequestContext, provider: Provider) -> list[Check]:
    """The connection's requirements, in the order in which people meet them, and its troubles."""
    services, name = context.services, provider.connection
    log = services.store.log
    events = await asyncio.to_thread(log.events, EventFilter(connection=name), limit=1)
    refused = await asyncio.to_thread(
        log.deliveries, verdict=Verdict.REJECTED, connection=name, limit=1
    )
    found = _needs(services, provider, has_events=bool(events))
    if refused and (not events or refused[0].id > events[0].id):
        says, link = N_("The last delivery was refused:"), f"/deliveries?connection={name}"
        found.insert(1, Check(False, says, link, refused[0].reason))
    ended = (await asyncio.to_thread(refused_access, log, context.now_ms, name)).get(name)
    if ended is not None:
        link = f"/log?connection={name}&error_code={REFUSED_ACCESS}"
        found.append(Check(False, "", link, ended))
    states = {state.connection: state for state in await services.watchdog.states()}
    warnings = states[name].warnings() if name in states else []
    return [*found, *(Check(False, "", "", warning) for warning in warnings)]


def _needs(services: Services, provider: Provider, *, has_events: bool) -> list[Check]:
    name = provider.connection
    is_outside = services.has_https_address
    token = answers_with(BUILTIN[provider.name])
    can_answer = not token or getattr(provider.options, token, None) is not None
    rules = (rule.spec for rule in services.rulebook.active.rule_set.rules)
    is_heard = any(
        rule.enabled and (not rule.trigger.connections or name in rule.trigger.connections)
        for rule in rules
    )
    return [
        Check(
            is_outside,
            N_("This server has an https address for the internet (public_url).")
            if is_outside
            else N_("This server has no https address yet at which the internet reaches it."),
            "/connections#public-url",
        ),
        Check(
            has_events,
            N_("An event has arrived.") if has_events else N_("No event has arrived yet."),
            f"/events?connection={name}",
        ),
        Check(
            can_answer,
            N_("It has the token with which it answers.")
            if can_answer
            else N_("It lacks the token with which it answers."),
        ),
        Check(
            is_heard,
            N_("A rule listens to it.") if is_heard else N_("No rule listens to it yet."),
            "/rules/gallery",
        ),
    ]
