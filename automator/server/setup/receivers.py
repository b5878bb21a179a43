"""Adds and removes receivers of `notify` in automator.yaml; their addresses are secret files."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from automator.configuration.values import NAME_PATTERN
from automator.files import parse_yaml
from automator.files.editing import put, remove
from automator.model import LOOK_IN_LIST, N_, NotFoundError, Rule, UsageError
from automator.server.setup.settings_changes import drop_unused, new_secrets, write_good
from automator.server.web.settings_file import SettingsFile

_LONGEST = 2048
_BOT: Mapping[str, str] = {"token": N_("Token of the bot"), "chat": N_("Number of the chat")}
#: The ways that have a form of their own, each with its title and the labels of its fields.
WAYS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "tgram": (N_("On Telegram"), _BOT),
    "mailtos": (
        N_("By e-mail"),
        {
            "sender": N_("E-mail address that sends, such as one at gmail.com"),
            "password": N_("Its password for apps"),
            "to": N_("E-mail address that is told"),
        },
    ),
    "zalo": (N_("With a bot of Zalo"), _BOT),
}


def address_of(way: str, given: Mapping[str, str]) -> str:
    """The address of a receiver, of the fields of a way; "" if one of them is empty."""
    values = {key: given.get(key, "").strip() for key in WAYS[way][1]}
    if not all(values.values()):
        return ""
    quoted = {key: quote(value, safe=":@" if key == "to" else ":") for key, value in values.items()}
    if way != "mailtos":
        return f"{way}://{quoted['token']}/{quoted['chat']}"
    user, _, host = values["sender"].rpartition("@")
    return f"{way}://{quote(user, safe='')}:{quoted['password']}@{host}?to={quoted['to']}"


def save_receiver(file: SettingsFile, data: Path, name: str, address: str) -> None:
    """Adds a receiver, or gives an existing one another address.

    Raises:
        UsageError: the name is not allowed, or there is no address.
        SettingsRefusedError: nothing can be sent to this address.
        SpliceError: the file is written in a way that a page cannot change.
    """
    address = address.strip()[:_LONGEST]
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(
            N_("this cannot be the name of a receiver"),
            fix=N_("Use up to 64 small letters, digits, - and _, as in ops."),
        )
    if not address:
        raise UsageError(
            N_("without an address nobody can be told"),
            fix=N_("Copy it whole, as in tgram://TOKEN/CHAT."),
        )
    before = file.read()
    with new_secrets(data) as keep:
        source = keep("notify", name, address)
        text = put(before, ("notify", name), source)
        write_good(file, before, text, labels={source: N_("Address of the receiver")})
    drop_unused(data, before, text)


def require_untold(rules: Iterable[Rule], name: str) -> None:
    """Makes sure that no rule notifies a receiver, because the rule's file would then be refused.

    Raises:
        UsageError: a rule notifies the receiver.
    """
    for rule in rules:
        receivers = (step.inputs.get("to") for step in rule.every_step() if step.action == "notify")
        if name in receivers:
            raise UsageError(
                N_("the rule {rule} tells {name}"),
                fix=N_("Change that rule first, or delete it."),
                rule=rule.name or rule.id,
                name=name,
            )


def remove_receiver(file: SettingsFile, data: Path, name: str) -> None:
    """Removes a receiver with its address.

    Raises:
        NotFoundError: there is no receiver with this name.
        SettingsRefusedError: the rest would have errors.
    """
    before = file.read()
    written = parse_yaml("", before).data
    if not isinstance(written, dict) or name not in (written.get("notify") or {}):
        raise NotFoundError(N_("no receiver is called {name}"), fix=LOOK_IN_LIST, name=name)
    text = remove(before, ("notify", name))
    write_good(file, before, text)
    drop_unused(data, before, text)
