"""Gives runs and explanations the compiled rule sets of earlier revisions."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from automator.caches import RecentEntries
from automator.model import NotFoundError, Problem
from automator.reasons.database import revision_unknown, revision_unreadable
from automator.rules import Loaded, RuleSet
from automator.store import Log

#: How many problems an error names, if a revision cannot be read.
_SHOWN_PROBLEMS = 5
#: How many compiled rule sets are kept.
_KEPT = 16


class RuleLoader(Protocol):
    """Makes a rule set from the texts of rule files that have no error, and lists all problems."""

    def __call__(
        self, files: Mapping[str, str], in_force: Mapping[str, str] | None = None, /
    ) -> Loaded:
        """`in_force`: the versions that stay in force for files that have errors."""
        ...


class Revisions:
    """Rule sets by revision, read from the store and kept for a while."""

    def __init__(self, log: Log, load: RuleLoader) -> None:
        self._log = log
        self._load = load
        self._compiled: RecentEntries[int, RuleSet] = RecentEntries(_KEPT)

    def at_hand(self, revision: int) -> RuleSet | None:
        """The rule set of a revision if it is in memory, else None."""
        known = self._compiled.get(revision)
        if known is not None:
            self._compiled.move_to_end(revision)
        return known

    async def of(self, revision: int) -> RuleSet:
        """The rule set of a revision. Files that cannot be read any more are missing in it.

        Raises:
            NotFoundError: the store does not have the revision, or none of its files can be read.
        """
        known = self.at_hand(revision)
        if known is not None:
            return known
        row = await asyncio.to_thread(self._log.ruleset, revision)
        if row is None:
            raise NotFoundError(revision_unknown(revision=revision))
        loaded = await asyncio.to_thread(self._load, row.files, row.files)
        if loaded.refused and len(loaded.refused) == len(row.files):
            places = _first_of(loaded.problems)
            raise NotFoundError(revision_unreadable(revision=revision, problems=places))
        self.keep(revision, loaded.rule_set)
        return loaded.rule_set

    def keep(self, revision: int, rule_set: RuleSet) -> None:
        """Remembers a rule set that the caller has compiled."""
        self._compiled[revision] = rule_set


def _first_of(problems: list[Problem]) -> list[str]:
    return [f"{one.file}:{one.line} [{one.code}]" for one in problems[:_SHOWN_PROBLEMS]]
