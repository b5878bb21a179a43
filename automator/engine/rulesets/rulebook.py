"""The rule book: the rules in force, their replacement by new ones, and all earlier revisions.

Each file counts alone: if a file has an error, its last good version stays in force, and all other
files are used. A run keeps the revision that started it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from automator.clock import Clock
from automator.engine.rulesets.revisions import Revisions, RuleLoader
from automator.engine.rulesets.rule_folder import (
    FolderContents,
    RuleFile,
    RuleFolder,
    etag_of,
    require_match,
    unreadable_problem,
)
from automator.engine.rulesets.rules_refused import RulesRefusedError, errors_of, log_errors
from automator.model import (
    N_,
    ConflictError,
    NotFoundError,
    Problem,
    StoreUnavailableError,
    record,
)
from automator.reasons.runs import CHANGED_ON_DISK
from automator.rules import CompiledRule, Loaded, RuleSet
from automator.store import RuleSetRow, Store

logger = logging.getLogger(__name__)

#: Whether the text on disk is in force, or an earlier text of the file, or no text of it.
FileState = Literal["in_force", "earlier", "refused"]


@record(kw_only=False)
class ActiveRules:
    """The rule set that decides now."""

    revision: int
    rule_set: RuleSet
    loaded_at: int


class RuleBook:
    """Loads, watches, saves and remembers rule sets."""

    def __init__(
        self,
        folder: Path,
        *,
        store: Store,
        load: RuleLoader,
        clock: Clock,
        load_quickly: RuleLoader | None = None,
    ) -> None:
        """`load_quickly` gives no warnings. It is used when an answer has to be quick."""
        self.folder = folder
        #: All earlier rule sets, for runs and explanations.
        self.revisions = Revisions(store.log, load)
        self._disk = RuleFolder(folder)
        self._loader = FolderLoader(self._disk, load)
        self._quick = FolderLoader(self._disk, load_quickly or load)
        self._store = store
        self._load = load
        self._clock = clock
        self._active: ActiveRules | None = None
        self._problems: list[Problem] = []
        self._refused: frozenset[str] = frozenset()
        self._seen: object = None
        #: Whether a change on disk that cannot be stored yet has been logged already.
        self._is_waiting = False
        self._changing = asyncio.Lock()

    @property
    def active(self) -> ActiveRules:
        """The rules in force.

        Raises:
            NotFoundError: `open` has not loaded any rules yet.
        """
        if self._active is None:
            raise NotFoundError(N_("no rules are loaded yet"), fix=N_("Open the rule book first."))
        return self._active

    @property
    def problems(self) -> list[Problem]:
        """The problems of the files on disk. A file with an error is not put in force."""
        return self._problems

    def still_waits(self, rule: CompiledRule) -> bool:
        """Whether the rule in force still waits for the same events as `rule`, of any revision."""
        return self.active.rule_set.waits_as(rule)

    def files(self) -> dict[str, RuleFile]:
        """The rule files on disk that can be read, by name."""
        return {
            name: RuleFile(name, text, etag_of(text))
            for name, text in self._disk.read_or_refuse().files.items()
        }

    def state_of(self, name: str) -> FileState:
        """Whether the text on disk is in force, an earlier text of the file, or neither."""
        if name not in self._refused:
            return "in_force"
        rule_set = self.active.rule_set
        is_used = name in rule_set.files and name not in rule_set.unread
        return "earlier" if is_used else "refused"

    # --- Taking over changes on disk, and revisions of other nodes ---

    async def open(self, *, publishes: bool = True) -> None:
        """Loads the files. For a file with an error, its previous version stays in force.

        The previous rules also stay in force if the folder is gone, for example because the server
        was started in another place. With several nodes, this node gets the files of the others.
        If it `publishes` nothing, changes on disk are in force only for this rule book.
        """
        self._seen = self._disk.fingerprint()
        row = await asyncio.to_thread(self._store.log.latest_ruleset)
        in_force = row.files if row else {}
        is_needed = bool(in_force) and not self._store.is_shared
        loaded = await asyncio.to_thread(self._loader.load, in_force, has_to_be_there=is_needed)
        self._note(loaded)
        if row is not None and self._store.is_shared and await self._catch_up(row, loaded.rule_set):
            return
        if publishes:
            await self._activate(loaded.rule_set, CHANGED_ON_DISK)
        else:
            revision = row.revision if row else 0
            self._active = ActiveRules(revision, loaded.rule_set, self._clock.now_ms())

    async def adopt(self, files: Mapping[str, str]) -> None:
        """Puts rules in force that are in no folder. A simulation calls this instead of `open`."""
        loaded = await asyncio.to_thread(self._load, files, None)
        self._note(loaded)
        await self._activate(loaded.rule_set, CHANGED_ON_DISK)

    async def reload_if_changed(self) -> bool:
        """Puts changes on disk in force; returns True if there is a new rule set."""
        async with self._changing:
            seen = await asyncio.to_thread(self._disk.fingerprint)
            if seen == self._seen:
                return False
            in_force = self.active.rule_set.files
            loaded = await asyncio.to_thread(
                self._loader.load, in_force, has_to_be_there=bool(in_force)
            )
            self._note(loaded)
            is_new = loaded.rule_set.digest != self.active.rule_set.digest
            if is_new:
                try:
                    await self._activate(loaded.rule_set, CHANGED_ON_DISK)
                except StoreUnavailableError as error:
                    # `_seen` is unchanged, so that the next call tries again.
                    if not self._is_waiting:
                        logger.warning("rules.not_stored: %s", error)
                    self._is_waiting = True
                    return False
                _log_loaded(self.active)
            self._seen, self._is_waiting = seen, False
            return is_new

    async def follow(self) -> bool:
        """Puts a revision in force that another node has published; returns True if it did."""
        latest = await asyncio.to_thread(self._store.log.latest_revision)
        if latest <= self.active.revision:
            return False
        async with self._changing:
            row = await asyncio.to_thread(self._store.log.ruleset, latest)
            if row is None or row.revision <= self.active.revision:
                return False
            before = self.active.rule_set.files
            loaded = await asyncio.to_thread(self._load, row.files, row.files)
            if any(before.get(name) != row.files[name] for name in loaded.refused):
                logger.error(
                    "rules.not_followed revision=%d: this version cannot read it", row.revision
                )
                return False
            await self._take_over(row, loaded.rule_set, before)
            logger.info("rules.followed revision=%d", row.revision)
            return True

    async def _catch_up(self, latest: RuleSetRow, own: RuleSet) -> bool:
        """Puts the latest revision in force if the folder is empty, or has an earlier one."""
        if own.files and not await asyncio.to_thread(self._store.log.was_published, own.digest):
            return False
        loaded = await asyncio.to_thread(self._load, latest.files, latest.files)
        await self._take_over(latest, loaded.rule_set, own.files)
        return True

    async def _take_over(
        self, row: RuleSetRow, rule_set: RuleSet, before: Mapping[str, str]
    ) -> None:
        """Puts a stored revision in force, and writes its files into the folder."""
        self._set_active(row.revision, rule_set)
        for name in await asyncio.to_thread(self._disk.bring_up_to, row.files, before):
            logger.warning("rules.file_differs revision=%d file=%s", row.revision, name)
        seen = self._disk.fingerprint()
        loaded = await asyncio.to_thread(self._loader.load, row.files)
        self._note(loaded)
        if loaded.rule_set.digest == rule_set.digest:
            # Otherwise the folder has a new valid file, which the next call puts in force.
            self._seen = seen

    def _note(self, loaded: Loaded) -> None:
        """Keeps the problems of the files, and logs errors that are new."""
        log_errors(problem for problem in loaded.problems if problem not in self._problems)
        self._problems, self._refused = loaded.problems, loaded.refused

    # --- Changing files ---

    def check(self, name: str, text: str) -> list[Problem]:
        """The problems that there would be if this file had this text."""
        return self.loaded_with(name, text).problems

    def loaded_with(self, name: str, text: str, *, quickly: bool = False) -> Loaded:
        """The rule set and the problems that there would be if this file had this text.

        `quickly` leaves out warnings about valid texts that are probably mistakes.
        """
        loader = self._quick if quickly else self._loader
        in_force = self.active.rule_set.files
        return loader.judge_with(self._disk.read_or_refuse(), {name: text}, in_force)

    def loaded_of(self, files: Mapping[str, str]) -> Loaded:
        """The rule set of files that are not in the folder, and their problems."""
        return self._load(files, {})

    async def save(self, name: str, text: str, *, if_match: str | None, author: str) -> ActiveRules:
        """Writes a file and puts it in force. `if_match` is None for a new file.

        Problems of other files do not matter.

        Raises:
            ConflictError: the file has changed since its author saw it.
            RulesRefusedError: the file has errors; nothing was written.
            StoreUnavailableError: the revision cannot be stored; the folder is unchanged.
        """
        return await self.change({name: text}, {name: if_match}, author=author)

    async def delete(self, name: str, *, if_match: str, author: str) -> ActiveRules:
        """Deletes a file and takes its rules out of force.

        Raises:
            ConflictError: the file has changed since its author saw it.
            StoreUnavailableError: the revision cannot be stored; the folder is unchanged.
        """
        return await self.change({name: None}, {name: if_match}, author=author)

    async def change(
        self,
        texts: Mapping[str, str | None],
        if_match: Mapping[str, str | None],
        *,
        author: str,
        after: int | None = None,
        permit: Callable[[RuleSet, RuleSet], None] | None = None,
    ) -> ActiveRules:
        """Writes several files as one revision; the text None deletes a file.

        `if_match`: for each file its etag when its author saw it, or None if there was no file.
        `after`: the revision that its author saw, if no other file may have changed either.
        `permit` gets the rules in force and the new rules, and raises an error to refuse these.

        Raises:
            ConflictError: a file has changed since its author saw it, or `after` is not in force.
            RulesRefusedError: a file has errors; nothing was written.
            StoreUnavailableError: the revision cannot be stored; the folder is unchanged.
        """
        async with self._changing:
            if after not in (None, self.active.revision):
                raise ConflictError(
                    N_("the rules are at revision {revision} by now"),
                    fix=N_("Look at it again, and compare."),
                    revision=self.active.revision,
                )
            is_needed = bool(self.active.rule_set.files)
            contents = await asyncio.to_thread(self._disk.read_or_refuse, has_to_be_there=is_needed)
            earlier = {name: contents.files.get(name) for name in texts}
            for name, text in earlier.items():
                require_match(name, text, if_match.get(name))
            if unsafe := [*self._disk.behind_links(texts), *self._disk.not_whole(texts)]:
                raise RulesRefusedError(unsafe)
            in_force = self.active.rule_set.files
            loaded = await asyncio.to_thread(self._loader.judge_with, contents, texts, in_force)
            if refused := sorted(loaded.refused & texts.keys()):
                raise RulesRefusedError(errors_of(refused, loaded.problems))
            if permit is not None:
                permit(self.active.rule_set, loaded.rule_set)
            try:
                await self._write(texts)
                active = await self._activate(loaded.rule_set, author, after=self.active.revision)
            except BaseException:
                # `_seen` is unchanged, so that other changes on disk are not missed.
                await self._write(earlier)
                raise
            self._seen = self._disk.fingerprint()
            self._note(loaded)
            _log_loaded(active)
            return active

    async def _write(self, texts: Mapping[str, str | None]) -> None:
        for name, text in texts.items():
            await asyncio.to_thread(self._disk.write, name, text)

    async def _activate(
        self, rule_set: RuleSet, author: str, *, after: int | None = None
    ) -> ActiveRules:
        revision = await self._store.rulesets.publish(
            rule_set.files, rule_set.digest, author, after=after
        )
        return self._set_active(revision, rule_set)

    def _set_active(self, revision: int, rule_set: RuleSet) -> ActiveRules:
        self.revisions.keep(revision, rule_set)
        self._active = ActiveRules(revision, rule_set, self._clock.now_ms())
        return self._active


def _log_loaded(active: ActiveRules) -> None:
    logger.info("rules.loaded revision=%d rules=%d", active.revision, len(active.rule_set.rules))


# --- Rule sets from the files of the folder ---


class FolderLoader:
    """Makes rule sets from the files of a folder. A file that cannot be read stays in force."""

    def __init__(self, folder: RuleFolder, load: RuleLoader) -> None:
        self._folder = folder
        self._load = load

    def load(self, in_force: Mapping[str, str], *, has_to_be_there: bool = False) -> Loaded:
        """The rule set of the files on disk. `in_force` are the texts in force.

        All of these stay in force if the folder cannot be read, or does not exist although it
        `has_to_be_there`.
        """
        try:
            contents = self._folder.read(has_to_be_there=has_to_be_there)
        except OSError as error:
            name = str(error.filename or self._folder.path)
            contents = FolderContents(in_force, {name: unreadable_problem(name, error)})
        return self.judge(contents, in_force)

    def judge_with(
        self,
        contents: FolderContents,
        texts: Mapping[str, str | None],
        in_force: Mapping[str, str],
    ) -> Loaded:
        """Does what `judge` does, with `texts` in place of files; None deletes a file."""
        files = {name: text for name, text in contents.files.items() if name not in texts}
        files |= {name: text for name, text in texts.items() if text is not None}
        return self.judge(replace(contents, files=files), in_force)

    def judge(self, contents: FolderContents, in_force: Mapping[str, str]) -> Loaded:
        """The rule set of these files, and of files in force that cannot be read at the moment."""
        files, unreadable = contents.files, contents.unreadable
        # This very change may replace the link by a file.
        left_out = [problem for problem in contents.left_out if problem.file not in files]
        kept = {name: in_force[name] for name in unreadable if name in in_force}
        loaded = self._load({**files, **kept}, in_force)
        return Loaded(
            loaded.rule_set,
            loaded.tests,
            sorted([*loaded.problems, *unreadable.values(), *left_out]),
            loaded.refused | unreadable.keys(),
        )
