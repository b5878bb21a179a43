"""Adds, changes and removes connections in automator.yaml for pages, with their secret files."""

import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from automator.conditions.texts.fold import fold
from automator.configuration.values import NAME_PATTERN
from automator.files import parse_yaml
from automator.files.editing import put, remove
from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError
from automator.model.own_events import SCHEDULE
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.rules.editing.notations import read_buttons
from automator.server.setup.connection_fields import LONGEST, OptionField, option_fields
from automator.server.setup.settings_changes import drop_unused, new_secrets, write_good
from automator.server.web.settings_file import SettingsFile

#: New values of options by their paths; None removes an option.
Changes = dict[tuple[str, ...], Any]
#: Names that no connection can have: the name of schedules, and addresses of pages.
_RESERVED = frozenset({SCHEDULE, "new", "applying", "leave-demo", "public-url", "receivers"})
_NO_NAME = re.compile(r"[^a-z0-9_-]+")


def written_connections(text: str) -> dict[str, Any]:
    """The connections in the text of automator.yaml by name, as they are written."""
    data = parse_yaml("", text).data
    found = data.get("connections") if isinstance(data, dict) else None
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def provider_named(name: str) -> type[Provider]:
    """The provider with this name.

    Raises:
        NotFoundError: there is no such provider.
    """
    found = BUILTIN.get(name)
    if found is None:
        raise NotFoundError(
            N_("there is no provider {name}"),
            fix=N_("These are: {known:list}."),
            name=name,
            known=sorted(BUILTIN),
        )
    return found


def name_from(typed: str) -> str:
    """A valid name made from what a person calls a connection: trang-ao-dep from Trang Áo Đẹp."""
    return _NO_NAME.sub("-", fold(typed)).strip("-_")[:64]


def save_connection(
    file: SettingsFile,
    data: Path,
    name: str,
    provider: type[Provider],
    given: Mapping[str, str],
    *,
    is_new: bool,
) -> dict[str, str]:
    """Writes a connection; returns the secrets that were generated for it, by their labels.

    Raises:
        UsageError: the name is not allowed, or is taken.
        SettingsRefusedError: an option is missing or wrong; nothing was changed.
        SpliceError: the file is written in a way that a page cannot change.
    """
    before = file.read()
    known = written_connections(before)
    if is_new:
        _require_free(name, known)
    found = known.get(name)
    written: dict[str, Any] = found if isinstance(found, dict) else {}
    made: dict[str, str] = {}
    labels: dict[str, str] = {}
    options = option_fields(provider, written, given.get("check", ""))
    changes: Changes = {("provider",): provider.name} if is_new else {}
    with new_secrets(data) as keep:
        for option in options:
            value = typed_value(option, given)
            if option.kind != "secret":
                changes |= _change(option, value)
                continue
            if not value and option.is_own and option.is_required and not option.is_set:
                value = made[option.label] = secrets.token_urlsafe(24)
            if value:
                changes[option.path] = source = keep(name, option.name, value)
                labels[source] = option.label
        text = _with_changes(before, name, changes, is_new=is_new)
        lines = _labels_of_lines(text, name, options)
        write_good(file, before, text, labels=labels, labels_of_lines=lines)
    drop_unused(data, before, text)
    return made


def replace_secrets(file: SettingsFile, data: Path, name: str, given: Mapping[str, str]) -> None:
    """Replaces secrets of a connection; `given` has the new ones by the names of their options.

    Raises:
        SettingsRefusedError: the file would have errors; nothing was changed.
        ConflictError: somebody else has changed the file meanwhile.
    """
    before = file.read()
    with new_secrets(data) as keep:
        changes: Changes = {(option,): keep(name, option, value) for option, value in given.items()}
        text = _with_changes(before, name, changes, is_new=False)
        write_good(file, before, text)
    drop_unused(data, before, text)


def _labels_of_lines(text: str, name: str, options: Iterable[OptionField]) -> dict[int, str]:
    positions = parse_yaml("", text).positions
    known = set(positions.paths())
    paths = {("connections", name, *one.path): one.label for one in options}
    return {positions.value(path).line: paths[path] for path in paths if path in known}


def typed_value(option: OptionField, given: Mapping[str, str]) -> str:
    """The typed value of an option in a form; "" if nothing was typed."""
    return given.get(option.field, "").strip()[:LONGEST]


def remove_connection(file: SettingsFile, data: Path, name: str) -> None:
    """Removes a connection, with its secrets.

    Raises:
        NotFoundError: there is no connection with this name.
        SettingsRefusedError: the rest would have errors.
    """
    before = file.read()
    if name not in written_connections(before):
        raise NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=name)
    text = remove(before, ("connections", name))
    write_good(file, before, text)
    drop_unused(data, before, text)


def _require_free(name: str, known: Mapping[str, Any]) -> None:
    if not re.fullmatch(NAME_PATTERN, name) or name in _RESERVED:
        raise UsageError(
            N_("this cannot be the name of a connection"),
            fix=N_("Use up to 64 small letters, digits, - and _, as in shop-page."),
        )
    if name in known:
        raise UsageError(
            N_("there is a connection {name} already"), fix=N_("Choose another name."), name=name
        )


def _change(option: OptionField, value: str) -> Changes:
    """The changes of options that the value of a field makes; {} if it changes nothing."""
    if option.kind == "check":
        is_ticked = value == "1"
        return {} if is_ticked == option.is_ticked else {option.path: is_ticked}
    value = "\n".join(value.split()) if option.kind == "lines" else value
    if option.kind == "buttons":
        value = "\n".join(value.splitlines())
    if value == option.value or (not option.is_set and value == option.default):
        return {}
    if option.kind == "choice" and value not in option.choices:
        return {}
    written: Any = value
    if option.kind == "lines":
        written = value.split()
    elif option.kind == "buttons":
        written = read_buttons(value)
    return {option.path: written or None}


def _with_changes(text: str, name: str, changes: Changes, *, is_new: bool) -> str:
    if is_new:
        options: dict[str, Any] = {}
        for path, value in changes.items():
            within = options
            for key in path[:-1]:
                within = within.setdefault(key, {})
            if value is not None:
                within[path[-1]] = value
        return put(text, ("connections", name), options)
    for path, value in changes.items():
        at = ("connections", name, *path)
        text = remove(text, at) if value is None else put(text, at, value)
    return text
