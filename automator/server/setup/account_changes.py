"""Adds, changes and removes the accounts of a connection in automator.yaml, with their tokens."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from automator.files.editing import put, remove
from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError, record
from automator.model.event import account_connection
from automator.model.log_filters import EventFilter
from automator.plugins import AccountKeys, Provider
from automator.server.setup.connection_changes import provider_named, written_connections
from automator.server.setup.settings_changes import drop_unused, new_secrets, write_good
from automator.server.web.services import Services
from automator.server.web.settings_file import SettingsFile
from automator.store import Log

_ID = re.compile(r"[0-9]{1,32}")
_LONGEST_NAME, _LONGEST_TOKEN = 200, 4096


@record(kw_only=False)
class AccountsOfConnection:
    """The accounts that the page of a connection, or of one of its accounts, shows."""

    #: The name of the connection that has the accounts and the webhook address.
    hook: str
    #: The connections of its accounts.
    several: tuple[Provider, ...]
    #: The account whose page this is; None on the page of the connection.
    shown: Provider | None
    #: Whether the page asks for the id of the connection's own account, which the file lacks.
    asks_own_id: bool
    #: A proposal for this id, from the latest event; "" = none.
    own_id: str


async def accounts_of(services: Services, provider: Provider) -> AccountsOfConnection | None:
    """The accounts to show with a connection; None if its provider takes only one."""
    keys, options = provider.account_keys, provider.options
    if keys is None:
        return None
    shown = provider if provider.hook != provider.connection else None
    asks = getattr(options, keys.token) is not None and getattr(options, keys.id) is None
    own_id = await asyncio.to_thread(_latest, services.store.log, provider) if asks else ""
    return AccountsOfConnection(provider.hook, tuple(provider.accounts), shown, asks, own_id)


def _latest(log: Log, provider: Provider) -> str:
    """The id of the account that got the latest event of a connection; "" if it is unknown."""
    rows = log.events(EventFilter(connection=provider.connection), limit=1)
    detail = log.event(rows[0].id) if rows else None
    found = (detail.event.body.get("page") or {}).get("id") if detail else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def save_account(file: SettingsFile, data: Path, connection: str, given: Mapping[str, str]) -> None:
    """Adds an account to a connection, or changes the name or token of its account.

    Raises:
        NotFoundError: there is no such connection.
        UsageError: the id is not allowed, or the id or token is missing.
        SettingsRefusedError: the file would have errors; nothing was changed.
        SpliceError: the file is written in a way that a page cannot change.
    """
    before = file.read()
    keys, written = _accounts_in(before, connection)
    number, own = given.get("account", "").strip(), given.get("own_id", "").strip()
    for one in (number, own) if own else (number,):
        _require_id(one)
    here = ("connections", connection)
    known = _several(written, keys).get(number)
    has_token = isinstance(known, dict) and "access_token" in known
    token = given.get("token", "").strip()[:_LONGEST_TOKEN]
    if number in (own, str(written.get(keys.id))):
        raise UsageError(
            N_("{id} stands here already"),
            fix=N_("Remove it first, or write the id of another one."),
            id=number,
        )
    if not token and not has_token:
        raise UsageError(
            N_("the access token is missing"),
            fix=N_("Copy the long-lived token of this account from the platform."),
        )
    text = put(before, (*here, keys.id), own) if own else before
    place = (*here, keys.several, number)
    name = given.get("account_name", "").strip()[:_LONGEST_NAME]
    with new_secrets(data) as keep:
        values: dict[str, Any] = {"name": name} if name else {}
        labels = {}
        if token:
            source = keep(account_connection(connection, number), "access_token", token)
            values["access_token"] = source
            labels[source] = N_("Access token")
        if known is None:
            text = put(text, place, values)
        for key, value in values.items() if known is not None else ():
            text = put(text, (*place, key), value)
        write_good(file, before, text, labels=labels)
    drop_unused(data, before, text)


def remove_account(file: SettingsFile, data: Path, connection: str, number: str) -> None:
    """Removes an account from a connection, with its token.

    Raises:
        NotFoundError: the connection has no such account.
        SettingsRefusedError: the rest would have errors.
    """
    before = file.read()
    keys, written = _accounts_in(before, connection)
    known = _several(written, keys)
    if number not in known:
        raise _no_connection(account_connection(connection, number))
    place: tuple[str, ...] = ("connections", connection, keys.several)
    text = remove(before, (*place, number) if len(known) > 1 else place)
    write_good(file, before, text)
    drop_unused(data, before, text)


def keys_of(provider: type[Provider]) -> AccountKeys:
    """The names of the options in which a connection of this provider lists its accounts.

    Raises:
        UsageError: the provider takes only one account.
    """
    if provider.account_keys is None:
        raise UsageError(
            N_("{name} takes one account only"),
            fix=N_("Connect the other one by itself."),
            name=provider.title or provider.name,
        )
    return provider.account_keys


_COPY_ID = N_("Copy its id, which has digits only, from the platform.")


def _require_id(number: str) -> None:
    if not _ID.fullmatch(number):
        raise UsageError(N_("this cannot be the id of an account"), fix=_COPY_ID)


def _accounts_in(text: str, connection: str) -> tuple[AccountKeys, Mapping[str, Any]]:
    written = written_connections(text).get(connection)
    if not isinstance(written, dict):
        raise _no_connection(connection)
    return keys_of(provider_named(str(written.get("provider")))), written


def _several(written: Mapping[str, Any], keys: AccountKeys) -> Mapping[str, Any]:
    found = written.get(keys.several)
    return found if isinstance(found, dict) else {}


def _no_connection(name: str) -> NotFoundError:
    return NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=name)
