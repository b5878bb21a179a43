"""Bundles: an event with everything that decided about it, as a file to try on another instance.

A bundle is a zip archive with JSON files, and with the rule files as they were. The person of the
event gets another id and another name in it. Credentials were removed on arrival already.
"""

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from automator import __version__
from automator.configuration.secrets import REDACTED, names_secret
from automator.configuration.settings import Settings
from automator.engine.explanation.event_explanation import EventExplanation
from automator.engine.explanation.pseudonyms import pseudonymized, pseudonymized_text
from automator.engine.explanation.stored_event import stored_event
from automator.engine.explanation.why import explain_event
from automator.engine.rulesets.revisions import Revisions
from automator.model import N_, Delivery, Event, UsageError, format_id
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
