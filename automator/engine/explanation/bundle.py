"""Bundles: an event with everything that decided about it, as a file to try on another instance.

A bundle is a zip archive with JSON files, and with the rule files as they were. The person of the
event gets another id and another name in it. Credentials were removed on arrival already.
"""

import asyncio
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from automator import __version__
from automator.configuration.secrets import REDACTED, names_secret
from automator.configuration.settings import Settings
from automator.configuration.time_intervals import TimeInterval
from automator.engine.explanation.event_explanation import EventExplanation
from automator.engine.explanation.pseudonyms import pseudonymized, pseudonymized_text
from automator.engine.explanation.stored_event import stored_event
from automator.engine.explanation.why import explain_event
from automator.engine.rulesets.revisions import Revisions
from automator.model import N_, Delivery, Event, UsageError, format_id, record
from automator.rules import is_rule_file
from automator.store import EventDetail, Log

FORMAT = 1
MANIFEST, EVENT, DELIVERY = "manifest.json", "event.json", "delivery.json"
DECISIONS, SETTINGS, RULES = "decisions.json", "settings.json", "rules/"
#: How many characters all files of a bundle may have. Even with four bytes each, a reader accepts
#: them.
MOST_LETTERS = 5_000_000
#: How many values all JSON files may have. Each value has at least two characters, and takes up to
#: 72 bytes of memory.
MOST_VALUES = 500_000
#: How many bytes an archive may have.
MOST_PACKED = 5_000_000
#: How many characters of a delivery's body a bundle has.
_MOST_BODY = 1_000_000
#: The time of every file in an archive. It is fixed, so that equal bundles have equal bytes.
_TIME = (1980, 1, 1, 0, 0, 0)


def count_values(texts: Mapping[str, str]) -> int:
    """An upper limit for the number of values in JSON texts: it also counts commas in strings."""
    return sum(text.count(sign) for text in texts.values() for sign in ",[{")


async def make_bundle(log: Log, revisions: Revisions, settings: Settings, event_id: int) -> bytes:
    """The bundle of a stored event.

    Raises:
        NotFoundError: there is no such event, or its rules are not kept.
        UsageError: the bundle would be too large to be read again.
    """
    detail = await asyncio.to_thread(stored_event, log, event_id, whole=True)
    account = await explain_event(log, revisions, event_id)
    row = await asyncio.to_thread(log.ruleset, detail.revision)
    contact = await asyncio.to_thread(_contact, log, detail)
    files = {} if row is None else row.files
    return await asyncio.to_thread(_packed, detail, account, settings, contact, files)


def _packed(
    detail: EventDetail,
    account: EventExplanation,
    settings: Settings,
    contact: Mapping[str, Any],
    files: Mapping[str, str],
) -> bytes:
    json = _texts(detail, account, settings, contact)
    texts = json | {f"{RULES}{name}": text for name, text in files.items()}
    is_small = sum(map(len, texts.values())) <= MOST_LETTERS and count_values(json) <= MOST_VALUES
    packed = _archive(texts) if is_small else None
    if packed is None or len(packed) > MOST_PACKED:
        raise UsageError(
            N_("the event and its rule files are too large for a bundle"),
            fix=N_("Hand on the rule's file and the contents of the event's page."),
        )
    return packed


def _contact(log: Log, detail: EventDetail) -> dict[str, Any]:
    """The present contact, with the values that conditions saw replaced by the ones they saw."""
    key = detail.event.contact
    now = {} if key is None else log.contact(key)
    return {**now, **{name: value for seen in detail.seen for name, value in seen.contact.items()}}


def _texts(
    detail: EventDetail,
    account: EventExplanation,
    settings: Settings,
    contact: Mapping[str, Any],
) -> dict[str, str]:
    event, actor = detail.event, detail.event.body.get("actor") or {}
    values: dict[str, Any] = {
        MANIFEST: {
            "format": FORMAT,
            "automator": __version__,
            "event": format_id(event.id),
            "revision": detail.revision,
        },
        EVENT: _event_json(event, contact),
        DECISIONS: account.as_json(),
        SETTINGS: {
            "vars": {**settings.vars, **_vars_seen(detail)},
            "time_intervals": {
                name: interval.model_dump(mode="json", exclude_unset=True)
                for name, interval in settings.time_intervals.items()
            },
            "targets": sorted(settings.targets),
            "notify": sorted(settings.notify),
        },
    }
    if detail.delivery is not None:
        values[DELIVERY] = _delivery_json(detail.delivery, actor)
    return {name: _dump(pseudonymized(value, actor)) for name, value in values.items()}


def _event_json(event: Event, contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": event.type,
        "connection": event.connection,
        "provider": event.provider,
        "is_self": event.is_self,
        "received_at": event.received_at,
        "contact": dict(contact),
        "body": dict(event.body),
    }


def _vars_seen(detail: EventDetail) -> dict[str, Any]:
    """The `vars` of automator.yaml as the conditions saw them."""
    return {name: value for seen in detail.seen for name, value in seen.vars.items()}


def _delivery_json(delivery: Delivery, actor: Mapping[str, Any]) -> dict[str, Any]:
    body = delivery.body[:_MOST_BODY].decode("utf-8", "replace")
    return {
        "method": delivery.method,
        "query": delivery.query,
        "headers": [
            [name, REDACTED if names_secret(name) else value] for name, value in delivery.headers
        ],
        # JSON escapes the person's name and id in these texts, so the texts are searched as JSON.
        "body": pseudonymized_text(body, actor),
    }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"


def _archive(texts: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


# --- Reading a bundle ---
#
# Only the expected files of an archive are read. Each is read up to its bound, whatever size the
# archive states. Nothing is written to disk.


#: The most bytes of one file in an archive, of all files together, and the most files.
_MOST_OF_ONE = 4_000_000
_MOST_UNPACKED = 20_000_000
_MOST_FILES = 500
_READ = (MANIFEST, EVENT, DECISIONS, SETTINGS)
_NAMES = (*_READ, DELIVERY)
#: The bytes with which each entry in an archive's directory begins.
_ENTRY = b"PK\1\2"
#: Compression methods that can be undone piece by piece. With the others, everything would come at
#: once, which may be gigabytes.
_BOUNDED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError,
           RuntimeError, ValueError, KeyError, UnicodeDecodeError)  # fmt: skip


@record
class Bundle:
    """The content of a bundle, read and checked."""

    event: Event
    #: The contact as rules see it.
    contact: Mapping[str, Any]
    #: The rule files by their names.
    files: Mapping[str, str]
    vars: Mapping[str, Any]
    time_intervals: Mapping[str, TimeInterval]
    targets: tuple[str, ...]
    notify: tuple[str, ...]
    #: For each rule, whether it matched on the server that made the bundle.
    matched: Mapping[str, bool]
    #: The version of the program that made the bundle, and the revision of its rules.
    version: str
    revision: str


class BundleError(UsageError):
    """A bundle cannot be read. The message names the file inside the bundle."""

    def __init__(self, file: str, inside: str, problem: str, **values: Any) -> None:
        super().__init__(
            N_("{file}: {inside}: {problem:text}"),
            fix=N_("Make the bundle anew with `automator bundle EVENT`."),
            file=file,
            inside=inside,
            problem=problem,
            **values,
        )


def read_bundle(path: Path) -> Bundle:
    """Reads the bundle in a file; raises the errors of `bundle_in`."""
    file = str(path)
    if not path.is_file():
        raise BundleError(file, "-", N_("there is no such file"))
    with path.open("rb") as opened:
        return bundle_in(file, opened.read(MOST_PACKED + 1))


def bundle_in(file: str, content: bytes) -> Bundle:
    """Reads a bundle from the content of a file; messages call the file `file`.

    Raises:
        BundleError: it is no bundle, is cut off or too large, or a path in it leads out of it.
    """
    texts = _texts_in_bundle(file, content)
    if count_values({name: texts[name] for name in _READ if name in texts}) > MOST_VALUES:
        raise BundleError(file, "-", N_("it is too large"))
    values = {name: _json(file, name, texts) for name in _READ}
    if values[MANIFEST].get("format") != FORMAT:
        raise BundleError(file, MANIFEST, N_("another version of the program made it"))
    files = {
        name.removeprefix(RULES): text for name, text in texts.items() if name.startswith(RULES)
    }
    settings, event = values[SETTINGS], values[EVENT]
    return Bundle(
        event=_event(file, event),
        contact=_mapping(file, EVENT, event.get("contact", {})),
        files=files,
        vars=_mapping(file, SETTINGS, settings.get("vars", {})),
        time_intervals=_intervals(file, settings),
        targets=tuple(str(name) for name in settings.get("targets") or ()),
        notify=tuple(str(name) for name in settings.get("notify") or ()),
        matched={
            str(rule.get("rule")): rule.get("matched") is True
            for rule in values[DECISIONS].get("rules") or ()
            if isinstance(rule, Mapping)
        },
        version=str(values[MANIFEST].get("automator", "")),
        revision=str(values[MANIFEST].get("revision", "")),
    )


def _texts_in_bundle(file: str, content: bytes) -> dict[str, str]:
    """The texts of an archive, by the names of their files."""
    found, size = {}, 0
    inside = "-"
    if len(content) > MOST_PACKED:
        raise BundleError(file, inside, N_("it is too large"))
    if content.count(_ENTRY) > _MOST_FILES:
        raise BundleError(file, inside, N_("it has too many files"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                inside = info.filename
                _check_name(file, inside)
                if info.compress_type not in _BOUNDED:
                    raise BundleError(file, inside, N_("it is no bundle, or is cut off"))
                with archive.open(info) as opened:
                    text = opened.read(_MOST_OF_ONE + 1)
                size += len(text)
                if len(text) > _MOST_OF_ONE or size > _MOST_UNPACKED:
                    raise BundleError(file, inside, N_("it is too large"))
                if inside in found:
                    raise BundleError(file, inside, N_("it is there twice"))
                found[inside] = text.decode("utf-8")
    except BundleError:
        raise
    except _BROKEN as error:
        raise BundleError(file, inside, N_("it is no bundle, or is cut off")) from error
    return found


def _check_name(file: str, name: str) -> None:
    parts = PurePosixPath(name).parts
    leads_out = name.startswith("/") or "\\" in name or ":" in name or ".." in parts
    if leads_out or "\0" in name:
        raise BundleError(file, name, N_("this path leads out of the bundle"))
    is_rule = name.startswith(RULES) and is_rule_file(name)
    if name not in _NAMES and not is_rule:
        raise BundleError(file, name, N_("a bundle has no such file"))


def _json(file: str, name: str, texts: Mapping[str, str]) -> Mapping[str, Any]:
    if name not in texts:
        raise BundleError(file, name, N_("it is missing"))
    try:
        value = json.loads(texts[name])
    except (ValueError, RecursionError) as error:
        raise BundleError(file, name, N_("it is not JSON")) from error
    return _mapping(file, name, value)


def _mapping(file: str, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BundleError(file, name, N_("it has another form"))
    return value


def _event(file: str, value: Mapping[str, Any]) -> Event:
    texts = ("type", "connection", "provider")
    body, at = value.get("body"), value.get("received_at")
    if (
        not all(isinstance(value.get(name), str) and value[name] for name in texts)
        or not isinstance(body, dict)
        or type(at) is not int
        or not 0 <= at < 2**45
    ):
        raise BundleError(file, EVENT, N_("it has another form"))
    actor = body.get("actor")
    person = actor.get("id") if isinstance(actor, dict) else None
    return Event(
        id=0,
        delivery_id=0,
        connection=value["connection"],
        provider=value["provider"],
        type=value["type"],
        dedupe_key="",
        lane=None,
        contact=None if person is None else f"{value['connection']}:{person}",
        is_self=value.get("is_self") is True,
        occurred_at=None,
        received_at=at,
        body=body,
    )


def _intervals(file: str, settings: Mapping[str, Any]) -> dict[str, TimeInterval]:
    written = _mapping(file, SETTINGS, settings.get("time_intervals", {}))
    try:
        return {name: TimeInterval.model_validate(item) for name, item in written.items()}
    except ValidationError as error:
        raise BundleError(file, SETTINGS, N_("it has another form")) from error
