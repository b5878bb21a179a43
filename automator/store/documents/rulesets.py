"""Stores published rule sets: the files of every revision, unchanged, with author and time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, select

from automator.model import N_, ConflictError, record
from automator.reasons.audit import rules_changed
from automator.store.batch.audit import Change, change_under_way
from automator.store.batch.batch import Batch, Edit
from automator.store.database.statements import WriteConnection
from automator.store.schema.encoding import dataclass_of, dump_json, load_json
from automator.store.schema.upkeep_tables import rulesets


@record(kw_only=False)
class RuleSetRow:
    """One revision. `files` has the text of each file, by the file's name."""

    revision: int
    digest: str
    files: Mapping[str, str]
    author: str
    created_at: int


@record(kw_only=False)
class RevisionRow:
    """A revision's time and author."""

    revision: int
    author: str
    created_at: int


#: Selects the revisions without their files, newest first.
REVISIONS = select(rulesets.c.revision, rulesets.c.author, rulesets.c.created_at).order_by(
    rulesets.c.revision.desc()
)
NEWEST_FIRST = select(rulesets).order_by(rulesets.c.revision.desc())


def ruleset_from_row(row: Any) -> RuleSetRow:
    """Reads the revision from a row of the table."""
    return dataclass_of(RuleSetRow, row, files=load_json(row.files))


class RuleSets:
    """The part of the store that publishes rule sets."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def publish(
        self, files: Mapping[str, str], digest: str, author: str, *, after: int | None = None
    ) -> int:
        """Stores a rule set as the next revision, and returns its number.

        If the set equals the latest revision, it is not stored again, and that number is returned.

        Raises:
            ConflictError: `after` is given, and the latest revision is another one by now.
        """

        def publish(db: WriteConnection, batch: Batch) -> int:
            db.database.lock(db.core, "rule sets")
            latest = db.core.execute(NEWEST_FIRST.limit(1)).one_or_none()
            change = change_under_way() or Change(rules_changed.code, author)
            if latest is not None and latest.digest == digest:
                change.is_known = False
                return int(latest.revision)
            if latest is not None and after not in (None, latest.revision):
                raise ConflictError(
                    N_(
                        "the rules were changed elsewhere meanwhile: revision {revision} is in"
                        " force"
                    ),
                    fix=N_("Open the file again and repeat your change."),
                    revision=latest.revision,
                )
            revision = 1 if latest is None else int(latest.revision) + 1
            new = RuleSetRow(revision, digest, files, author, batch.now_ms)
            values = asdict(new) | {"files": dump_json(dict(files))}
            db.core.execute(insert(rulesets).values(values))
            db.wake_others(batch.node)
            known = load_json(latest.files) if latest is not None else {}
            changed = [one for one in {**known, **files} if known.get(one) != files.get(one)]
            change.values["files"] = sorted(changed)
            change.before = {"revision": revision - 1}
            change.after = {"revision": revision}
            batch.changes.append(change)
            return revision

        return await self._edit(publish)
