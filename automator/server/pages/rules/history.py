"""The page of the rules' history: every revision with its author and its changes."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from automator.model import N_, UsageError, record, whole_number
from automator.rules.editing.changes_in_words import ChangeInWords, changes_in_words
from automator.rules.editing.step_forms import Choices
from automator.server.editing.form_choices import form_choices
from automator.server.editing.rule_changes import restore_version
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.rule_files import difference, rule_files
from automator.store import RuleSetRow

_SHOWN = 30


@record(kw_only=False)
class FileChange:
    """The change of a revision to one file."""

    name: str
    lines: list[str]
    words: Sequence[ChangeInWords]
    #: Whether the file is still as this revision left it.
    is_current: bool
    #: Whether the file exists in the revision; False if the revision deleted it.
    is_there: bool


@record(kw_only=False)
class RevisionView:
    """A revision and its changes, as the page shows them."""

    row: RuleSetRow
    changes: list[FileChange]
    is_active: bool
    is_oldest: bool


async def show_history(context: RequestContext) -> Response:
    """The newest revisions or those `before` a revision, with their changes; or of one `file`."""
    file, before = context.query("file"), whole_number(context.query("before"))
    current = {name: known.text for name, known in (await rule_files(context.services)).items()}
    choices = await form_choices(context.services)
    revisions = await asyncio.to_thread(_revisions, context, current, before, choices)
    last = revisions[-1].row.revision if revisions else 0
    older = {"before": last, "file": file} if revisions and not revisions[-1].is_oldest else {}
    if file:
        revisions = [one for one in revisions if any(change.name == file for change in one.changes)]
    return render(context, "history.html", revisions=revisions, file=file, older=older)


async def restore_here(context: RequestContext) -> Response:
    """The button that gives a file its text of an earlier revision; this makes a new revision."""
    name, revision = context.form.get("file", ""), whole_number(context.form.get("revision", ""))
    if revision is None:
        raise UsageError(N_("the form names no revision"), fix=N_("Reload the page and try again."))
    exists = await restore_version(context.services, name, revision, context.actor.name)
    return see_other(f"/rules/{quote(name)}?brought=1" if exists else "/rules")


def _revisions(
    context: RequestContext, current: Mapping[str, str], before: int | None, choices: Choices
) -> list[RevisionView]:
    rows = context.services.store.log.rulesets(_SHOWN + 1, before=before)
    earlier: list[RuleSetRow | None] = [*rows[1:], None] if rows else []
    active = context.services.rulebook.active.revision
    views = [
        RevisionView(
            row=row,
            changes=_changes(former.files, row.files, current, choices) if former else [],
            is_active=row.revision == active,
            is_oldest=former is None,
        )
        for row, former in zip(rows, earlier, strict=True)
    ]
    return views[:_SHOWN]


def _changes(
    before: Mapping[str, str],
    after: Mapping[str, str],
    current: Mapping[str, str],
    choices: Choices,
) -> list[FileChange]:
    names = sorted(before.keys() | after.keys())
    return [
        FileChange(
            name,
            difference(before.get(name, ""), after.get(name, ""), name, name),
            changes_in_words(before.get(name, ""), after.get(name, ""), choices),
            is_current=current.get(name) == after.get(name),
            is_there=name in after,
        )
        for name in names
        if before.get(name) != after.get(name)
    ]
