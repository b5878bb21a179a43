"""Reports each thing that needs a person once: as a line of the log, and as an event for rules.

A trouble is over when it has not been seen for half an hour. One that comes back before is the same
one, so that a target that fails now and then is no storm of events.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from functools import partial
from itertools import chain, islice
from typing import Any

from automator.clock import iso_time
from automator.engine.intake.own_events import own_body
from automator.engine.operations.run_review import NEEDS_REVIEW
from automator.engine.outbound.admission import held_by_breaker
from automator.model import Reason, Severity, format_id, record
from automator.model.own_events import ABOUT_SERVER, SCHEDULE
from automator.reasons import troubles
from automator.server.access.tokens import ending_tokens
from automator.server.web.attention import low_disk, without_access
from automator.server.web.services import Services
from automator.store import TinyDB

_log = logging.getLogger(__name__)

#: The set of documents with the troubles that are not over.
_SET = "troubles"
QUIET_MS = 30 * 60_000
#: A target is in trouble if it has failed for so long; a node, if it has been silent for so long.
FAILING_MS = 5 * 60_000
#: A run that stopped longer ago is no news.
_NEWS_MS = 60 * 60_000
_MOST_RUNS = 100
#: How many troubles are kept; the others are reported when there is room.
MOST = 200

_Key = tuple[str, str]


@record
class Trouble:
    """Something that needs a person. `kind` and `subject` say whether it is the same as before."""

    kind: str
    subject: str
    text: Reason
    #: The page on which a person sees to it.
    page: str
    facts: Mapping[str, Any] = field(default_factory=dict)


async def report_troubles(services: Services) -> None:
    """Reports what needs a person now, and was not reported yet.

    Raises:
        StoreUnavailableError: nothing can be stored now; the next call reports it.
    """
    documents, now_ms = services.store.documents, services.clock.now_ms()
    known = await documents.read(_SET, lambda found: found.all())
    every = chain(_resumed(services, known, now_ms), await _troubles(services))
    found = {(one.kind, one.subject): one for one in islice(every, MOST)}
    if not found and not known:
        return
    untold = await documents.edit(_SET, partial(_note, found.keys(), now_ms))
    rules = services.rulebook.active.rule_set
    for key, since in untold.items():
        one = found[key]
        if await asyncio.to_thread(rules.names, one.kind, SCHEDULE, SCHEDULE):
            await services.intake.raise_own(
                services.watchdog.own,
                one.kind,
                own_body(
                    services.watchdog.say(one.text),
                    {**one.facts, "link": f"{services.outside_url}{one.page}"},
                ),
                dedupe_key=f"{one.kind}:{one.subject}:{since}",
                subject=one.kind,
                occurred_at=now_ms,
            )
        if one.kind != "rules.refused":
            # The rule book has logged that at once, with the number of mistakes.
            _log.warning("%s about=%s: %s", one.kind, one.subject, one.text)
    if untold:
        await documents.edit(_SET, partial(_mark_told, untold.keys()))


def _note(found: Collection[_Key], now_ms: int, documents: TinyDB) -> dict[_Key, int]:
    """Notes that these are seen; returns those that nobody has reported, with their beginnings."""
    documents.update({"seen": now_ms}, lambda item: _key(item) in found)
    documents.remove(lambda item: item["seen"] <= now_ms - QUIET_MS)
    known = {_key(item) for item in documents.all()}
    new = [key for key in found if key not in known][: MOST - len(known)]
    for kind, subject in new:
        documents.insert(
            {"kind": kind, "subject": subject, "since": now_ms, "seen": now_ms, "told": False}
        )
    untold = (item for item in documents.all() if not item["told"] and _key(item) in found)
    return {_key(item): item["since"] for item in untold}


def _mark_told(keys: Collection[_Key], documents: TinyDB) -> None:
    documents.update({"told": True}, lambda item: _key(item) in keys)


def _key(item: Mapping[str, Any]) -> _Key:
    return item["kind"], item["subject"]


# --- What needs a person ---


async def _troubles(services: Services) -> Iterator[Trouble]:
    now_ms = services.clock.now_ms()
    return chain(
        _targets(services, now_ms),
        await _access(services),
        _rule_files(services),
        _backup(services),
        await _disk(services),
        await _nodes(services),
        await _tokens(services, now_ms),
        await _runs(services, now_ms),
    )


def _targets(services: Services, now_ms: int) -> Iterator[Trouble]:
    for one in services.gate.destinations:
        health = one.health
        held = held_by_breaker(health)
        if held is not None and now_ms - (health.failing_since or health.since) >= FAILING_MS:
            yield Trouble(
                kind="target.paused",
                subject=one.name,
                text=held.why,
                page="/targets",
                facts={"target": one.name},
            )


def _resumed(
    services: Services, known: Iterable[Mapping[str, Any]], now_ms: int
) -> Iterator[Trouble]:
    """Targets that are sent to again, and whose pause was told and is over.

    Not before: a target that is paused again at once is not told again.
    """
    names = {
        item["subject"]
        for item in known
        if (item["kind"] == "target.paused" and item["told"] and item["seen"] <= now_ms - QUIET_MS)
        or (item["kind"] == "target.resumed" and not item["told"])
    }
    for one in services.gate.destinations:
        if one.name in names and held_by_breaker(one.health) is None:
            yield Trouble(
                kind="target.resumed",
                subject=one.name,
                text=troubles.target_works(target=one.name, since=one.health.since),
                page="/targets",
                facts={"target": one.name},
            )


async def _access(services: Services) -> Iterator[Trouble]:
    return (
        Trouble(
            kind="access.lost",
            subject=name,
            text=because,
            page=f"/connections/{name}",
            facts={"connection": name},
        )
        for name, because in (await without_access(services)).items()
    )


def _rule_files(services: Services) -> Iterator[Trouble]:
    for one in services.rulebook.problems:
        if one.severity is Severity.ERROR:
            yield Trouble(
                kind="rules.refused",
                subject=one.file,
                text=troubles.file_refused(file=one.file, line=one.line, because=one.reason),
                page=f"/rules/{one.file}",
                facts={"file": one.file},
            )


def _backup(services: Services) -> Iterator[Trouble]:
    failure = services.backups.failure if services.backups is not None else None
    if failure is not None:
        yield Trouble(
            kind="backup.failed",
            subject="",
            text=troubles.backup_failed(because=failure.reason),
            page="/settings",
        )


async def _disk(services: Services) -> Iterator[Trouble]:
    """The disk of this node; other nodes look at theirs."""
    low = await asyncio.to_thread(low_disk, services)
    if low is None:
        return iter(())
    (folder, free), node = low, services.store.node
    free_mb = free // 1_000_000
    trouble = Trouble(
        kind="disk.low",
        subject=node,
        text=troubles.disk_low(node=node, folder=str(folder), free_mb=free_mb),
        page="/settings",
        facts={"node": node, "free_mb": free_mb},
    )
    return iter((trouble,))


async def _nodes(services: Services) -> Iterator[Trouble]:
    nodes = await asyncio.to_thread(services.store.log.nodes)
    # While the database was away, nobody could be heard.
    latest = max((one.heartbeat_at for one in nodes), default=0)
    return (
        Trouble(
            kind="node.lost",
            subject=f"{one.name}:{one.started_at}",
            text=troubles.node_lost(node=one.name, since=one.heartbeat_at),
            page="/settings",
            facts={"node": one.name},
        )
        for one in nodes
        if latest - one.heartbeat_at >= FAILING_MS
    )


async def _tokens(services: Services, now_ms: int) -> Iterator[Trouble]:
    return (
        Trouble(
            kind="token.ending",
            subject=one.id,
            text=troubles.token_ends(name=one.name, until=one.expires_at),
            page="/settings",
            facts={
                "name": one.name,
                "account": one.account,
                "expires_at": iso_time(one.expires_at),
            },
        )
        for one in await ending_tokens(services.store, now_ms)
    )


async def _runs(services: Services, now_ms: int) -> Iterator[Trouble]:
    """Runs that stopped a short while ago, one a rule.

    Not those of an event like these: a rule that cannot tell anybody would report itself for ever.
    """
    rows = await asyncio.to_thread(services.store.log.runs, NEEDS_REVIEW, limit=_MOST_RUNS)
    newest = {
        row.run.rule: row.run
        for row in reversed(rows)
        if row.event_type not in ABOUT_SERVER and (row.run.finished_at or 0) >= now_ms - _NEWS_MS
    }
    return (
        Trouble(
            kind="run.dead",
            subject=run.rule,
            text=troubles.run_stopped(rule=run.rule, because=run.reason),
            page=f"/runs/{format_id(run.id)}",
            facts={"rule": run.rule, "run": format_id(run.id)},
        )
        for run in newest.values()
    )
