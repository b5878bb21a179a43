"""The page of the rules' history: every revision with its author, and what it changed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from automator.server.shared.rule_files import difference
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render
from automator.store import RuleSetRow

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a revision changed in one file."""

    name: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision as the page shows it."""

    row: RuleSetRow
    changes: list[FileChange]
    is_active: bool
    is_oldest: bool


async def show_history(context: RequestContext) -> Response:
    """The newest revisions, each compared with the one before it."""
    revisions = await asyncio.to_thread(_revisions, context)
    return render(context, "history.html", revisions=revisions)


def _revisions(context: RequestContext) -> list[RevisionView]:
    rows = context.services.store.log.rulesets(_SHOWN + 1)
    earlier: list[RuleSetRow | None] = [*rows[1:], None]
    active = context.services.rulebook.active.revision
    views = [
        RevisionView(
            row=row,
            changes=_changes(before.files, row.files) if before else [],
            is_active=row.revision == active,
            is_oldest=before is None,
        )
        for row, before in zip(rows, earlier, strict=True)
    ]
    return views[:_SHOWN]


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[FileChange]:
    names = sorted(before.keys() | after.keys())
    return [
        FileChange(name, difference(before.get(name, ""), after.get(name, ""), name, name))
        for name in names
        if before.get(name) != after.get(name)
    ]
