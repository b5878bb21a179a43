"""The pages that add, show, change and remove connections, with what each still needs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.model import (
    LOOK_IN_LIST,
    N_,
    AutomatorError,
    ConflictError,
    NotFoundError,
    Problem,
    StepError,
    StoreUnavailableError,
    UsageError,
)
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.pages.setup.applying import apply_and_show, apply_with, waiting_page
from automator.server.pages.setup.profile_forms import ProfileView, profile_of
from automator.server.setup.account_changes import (
    AccountsOfConnection,
    accounts_of,
    remove_account,
    save_account,
)
from automator.server.setup.connection_changes import (
    name_from,
    provider_named,
    remove_connection,
    save_connection,
    typed_value,
    written_connections,
)
from automator.server.setup.connection_checks import Check, checks_for
from automator.server.setup.connection_fields import (
    CHECKS,
    OptionField,
    answers_with,
    can_be_asked,
    checks_of,
    option_fields,
)
from automator.server.setup.consent import consent_for, take_consent
from automator.server.setup.set_up_steps import steps_after_saving, steps_of
from automator.server.setup.settings_changes import SettingsRefusedError, settings_file
from automator.server.web.security import Role
from automator.server.web.settings_file import SettingsFile

#: The providers that are offered first, because most shops begin with them.
_FIRST = ("facebook", "instagram", "whatsapp", "zalo", "telegram", "line")


async def choose_provider(context: RequestContext) -> Response:
    """The choice of a provider for a new connection."""
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
    return await _form(context, provider_named(context.path("provider")), name="", is_new=True)


async def add_connection(context: RequestContext) -> Response:
    """Writes the new connection, and restarts with it; shows generated secrets this one time."""
    provider = provider_named(context.path("provider"))
    name = name_from(context.form.get("name", ""))
    return await _save(context, provider, name, is_new=True)


async def show_connection(context: RequestContext) -> Response:
    """One connection: its address, what it still needs, the instructions for setting it up at the
    provider, and its options.
    """
    name = context.path("name")
    provider = context.services.connection_named(name)
    checks = await checks_for(context.services, provider, context.attention.troubles.get(name))
    return await _form(
        context,
        type(provider),
        name=name,
        is_new=False,
        checks=checks,
        accounts=await accounts_of(context.services, provider),
        profile=await profile_of(context.services, provider),
    )


async def show_refused(
    context: RequestContext, provider: Provider, refused: AutomatorError
) -> Response:
    """The page of a connection when a form or a button on it was refused, and why."""
    return await _form(
        context,
        type(provider),
        name=provider.connection,
        is_new=False,
        refused=refused,
        checks=await checks_for(
            context.services, provider, context.attention.troubles.get(provider.connection)
        ),
        accounts=await accounts_of(context.services, provider),
        profile=await profile_of(context.services, provider),
        is_of_account=True,
    )


async def subscribe_here(context: RequestContext) -> Response:
    """The button “Subscribe the Page”: subscribes to the events that rules need."""
    name = context.path("name")
    try:
        problem = await context.services.watchdog.subscribe(name)
    except StepError as refused:
        return await show_refused(context, context.services.connection_named(name), refused)
    return see_other(f"/connections/{name}" + ("" if problem else "?subscribed=yes"))


async def come_back(context: RequestContext) -> Response:
    """Takes the tokens when a provider sends an admin back after the consent, and restarts."""
    services, name = context.services, context.path("name")
    provider = services.connection_named(name)
    answer = dict(context.request.query_params)
    await take_consent(services, provider, context.actor.session_id, answer)
    return apply_and_show(settings_file(services), services, f"/connections/{name}")


async def change_connection(context: RequestContext) -> Response:
    """Writes the changes of a connection, and restarts the server with them."""
    name = context.path("name")
    file = settings_file(context.services)
    written = await asyncio.to_thread(_written, file, name)
    if not isinstance(written, dict):
        raise NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=name)
    return await _save(context, provider_named(str(written.get("provider"))), name, is_new=False)


async def remove_here(context: RequestContext) -> Response:
    """Removes a connection with its secrets, and restarts the server without it."""
    services, name = context.services, context.path("name")
    file = settings_file(services)
    await asyncio.to_thread(remove_connection, file, services.data, name)
    return apply_and_show(file, services, "/connections")


async def _save(
    context: RequestContext, provider: type[Provider], name: str, *, is_new: bool
) -> Response:
    services = context.services
    file = settings_file(services)
    given = _with_kept_secrets(context, provider)
    try:
        made = await asyncio.to_thread(
            save_connection, file, services.data, name, provider, given, is_new=is_new
        )
    except (UsageError, ConflictError, StoreUnavailableError) as refused:
        return await _form(
            context, provider, name=name, is_new=is_new, refused=refused, given=given
        )
    to = waiting_page(services, f"/connections/{name}")
    if not made:
        return apply_with(file, see_other(to))
    page = render(
        context,
        "connected.html",
        name=name,
        address=f"{services.outside_url}/hooks/{name}",
        made=made,
        steps=steps_after_saving(provider.name),
        to=to,
        to_rules=waiting_page(services, "/rules/gallery"),
    )
    return apply_with(file, page)


def _written(file: SettingsFile, name: str) -> Any:
    """The options of a connection in automator.yaml now; None if there is no such connection."""
    return written_connections(file.read()).get(name)


async def _form(
    context: RequestContext,
    provider: type[Provider],
    *,
    name: str,
    is_new: bool,
    refused: AutomatorError | None = None,
    given: Mapping[str, str] | None = None,
    checks: Sequence[Check] = (),
    accounts: AccountsOfConnection | None = None,
    profile: ProfileView | None = None,
    is_of_account: bool = False,
) -> Response:
    """The page with the form of a connection.

    `given` are the values of the refused form. `is_of_account` means that the form of an account
    was refused, and its values are shown there.
    """
    services = context.services
    running = services.connections.get(name)
    check = context.form.get("check") or context.query("check")
    written = {} if is_new else await _written_options(services, name)
    may_change = services.settings_file is not None and context.may(Role.ADMIN)
    fields = option_fields(provider, written, check) if may_change else []
    kept = _secrets_in(fields, given) if given else {}
    return render(
        context,
        "connection_form.html",
        status=422 if refused else 200,
        provider=provider,
        name=name,
        is_new=is_new,
        fields=fields,
        needed_to_answer=answers_with(provider),
        check=check,
        given={} if is_of_account else context.form,
        given_account=context.form if is_of_account else {},
        accounts=accounts,
        profile=profile,
        steps=steps_of(provider.name, has_https=services.has_https_address),
        address=f"{services.outside_url}/hooks/{running.hook if running else name or '…'}",
        kept=kept,
        kept_under=services.typed_secrets.keep(
            context.actor.session_id, provider.name, kept, context.now_ms
        ),
        problems=problems_of(refused, context),
        refused=refused,
        checks=checks,
        can_subscribe=running is not None
        and any(item.can_subscribe for item in (running, *running.accounts)),
        consent=running and consent_for(services, running, context.actor.session_id),
        may_change=may_change,
        suggested=_suggested(provider.name, services),
    )


async def _written_options(services: Services, name: str) -> dict[str, Any]:
    """The options of a connection as written in automator.yaml; {} if there are none."""
    if services.settings_file is None:
        return {}
    found = await asyncio.to_thread(_written, services.settings_file, name)
    return found if isinstance(found, dict) else {}


def _with_kept_secrets(context: RequestContext, provider: type[Provider]) -> dict[str, str]:
    """The values of the form; empty secrets are taken from the form that was refused before."""
    form = context.form
    kept = context.services.typed_secrets.kept(
        form.get("kept", ""), context.actor.session_id, provider.name, context.now_ms
    )
    return form | {name: value for name, value in kept.items() if not form.get(name, "").strip()}


def problems_of(
    refused: AutomatorError | None, context: RequestContext
) -> list[tuple[str, Problem]]:
    """The problems of refused settings, each with the label of its field, or "".

    A problem about a typed secret names the field, not the secret.
    """
    if not isinstance(refused, SettingsRefusedError):
        return []
    labels = {source: context.translator(label) for source, label in refused.labels.items()}
    found = []
    for item in refused.problems:
        params = {
            name: labels.get(value, value) if isinstance(value, str) else value
            for name, value in item.reason.params.items()
        }
        label = refused.labels_of_lines.get(item.line, "")
        found.append((label, replace(item, reason=replace(item.reason, params=params))))
    return found


def _secrets_in(fields: Sequence[OptionField], given: Mapping[str, str]) -> dict[str, str]:
    secrets = [one for one in fields if one.kind == "secret"]
    return {one.field: typed for one in secrets if (typed := typed_value(one, given))}


def _suggested(provider: str, services: Services) -> str:
    names = {"facebook": "shop-page", "zalo": "shop-oa"}
    wanted = names.get(provider, f"shop-{provider.replace('_', '-')}")
    return wanted if wanted not in services.connections else ""


# --- The accounts of a connection ---


async def save_account_here(context: RequestContext) -> Response:
    """Adds or changes an account with its token, and restarts the server with it."""
    services, provider = context.services, _named(context)
    file = settings_file(services)
    try:
        await asyncio.to_thread(save_account, file, services.data, provider.hook, context.form)
    except (UsageError, ConflictError, StoreUnavailableError) as refused:
        return await show_refused(context, provider, refused)
    return apply_and_show(file, services, f"/connections/{provider.connection}")


async def remove_account_here(context: RequestContext) -> Response:
    """Removes an account with its token, and restarts the server without it."""
    services, provider = context.services, _named(context)
    file, number = settings_file(services), context.path("account")
    await asyncio.to_thread(remove_account, file, services.data, provider.hook, number)
    return apply_and_show(file, services, f"/connections/{provider.hook}")


def _named(context: RequestContext) -> Provider:
    return context.services.connection_named(context.path("name"))
