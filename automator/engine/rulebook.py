"""The rule book: which rules are active, how they are replaced, and every earlier revision.

A set with a problem never replaces the active one, and a run keeps the revision that started it.
"""

import asyncio
import hashlib
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automator.clock import Clock
from automator.engine.revisions import Revisions, RuleLoader
from automator.model import (
    AutomatorError,
    ConflictError,
    NotFoundError,
    Problem,
    Severity,
    render_problems,
)
from automator.rules import CompiledRule, Loaded, RuleSet, read_rule_files
from automator.store import Store

logger = logging.getLogger(__name__)

AUTHOR_DISK = "changed on disk"


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """The rule set that decides now."""

    revision: int
    rule_set: RuleSet
    loaded_at: int


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file as it stands on disk; `etag` names exactly this text."""

    name: str
    text: str
    etag: str


class RulesRefusedError(AutomatorError):
    """The files have problems: nothing was written, the active rules stay."""

    code = "rules_refused"

    def __init__(self, problems: list[Problem]) -> None:
        count = len(problems)
        super().__init__(
            f"{count} {'problem' if count == 1 else 'problems'} in the rule files",
            fix=render_problems(problems),
        )
        self.problems = problems


def etag_of(text: str) -> str:
    """The name of exactly this text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class RuleBook:
    """Loads, watches, saves and remembers rule sets."""

    def __init__(self, folder: Path, *, store: Store, load: RuleLoader, clock: Clock) -> None:
        self.folder = folder
        #: Every earlier rule set, for runs and explanations.
        self.revisions = Revisions(store.log, load)
        self._store = store
        self._load = load
        self._clock = clock
        self._active: ActiveRules | None = None
        self._problems: list[Problem] = []
        self._seen: object = None
        self._changing = asyncio.Lock()

    @property
    def active(self) -> ActiveRules:
        """The rules that decide now."""
        if self._active is None:
            raise NotFoundError("no rules are loaded yet", fix="Open the rule book first.")
        return self._active

    @property
    def problems(self) -> list[Problem]:
        """Problems of the files as they stand on disk; errors among them keep them out."""
        return self._problems

    def still_waits(self, rule: CompiledRule) -> bool:
        """Whether what would end the waits of this rule, of any revision, ends them now as well."""
        return self.active.rule_set.waits_as(rule)

    def files(self) -> dict[str, RuleFile]:
        """The rule files on disk, by name."""
        return {
            name: RuleFile(name, text, etag_of(text))
            for name, text in read_rule_files(self.folder).items()
        }

    async def open(self) -> None:
        """Loads the files; when they have errors, the store's last good set stays in force."""
        self._seen = self._fingerprint()
        loaded = await asyncio.to_thread(self._load_folder)
        self._problems = loaded.problems
        if loaded.rule_set is not None:
            if not (self._store.is_shared and await self._catch_up(loaded.rule_set)):
                await self._activate(loaded.rule_set, AUTHOR_DISK)
            return
        row = await asyncio.to_thread(self._store.log.latest_ruleset)
        if row is not None:
            earlier = await asyncio.to_thread(self._load, row.files)
            if earlier.rule_set is not None:
                self._set_active(row.revision, earlier.rule_set)
                return
        empty = self._load({})
        if empty.rule_set is None:
            raise RulesRefusedError(empty.problems)
        await self._activate(empty.rule_set, AUTHOR_DISK)

    async def reload_if_changed(self) -> bool:
        """Takes over what was changed on disk; True when a new set became active."""
        seen = await asyncio.to_thread(self._fingerprint)
        if seen == self._seen:
            return False
        async with self._changing:
            self._seen = seen
            loaded = await asyncio.to_thread(self._load_folder)
            self._problems = loaded.problems
            if loaded.rule_set is None:
                first = min(loaded.problems)
                logger.warning(
                    "rules.refused problems=%d first=%s:%d: %s",
                    len(loaded.problems),
                    first.file,
                    first.line,
                    first.message,
                )
                return False
            if loaded.rule_set.digest == self.active.rule_set.digest:
                return False
            await self._activate(loaded.rule_set, AUTHOR_DISK)
            return True

    async def follow(self) -> bool:
        """Takes over a revision that another node has published; True when it became active."""
        latest = await asyncio.to_thread(self._store.log.latest_revision)
        if latest <= self.active.revision:
            return False
        async with self._changing:
            return await self._take_over(latest, self.active)

    async def _catch_up(self, own: RuleSet) -> bool:
        """Whether a folder that is empty, or says what an earlier revision said, has caught up."""
        log = self._store.log
        latest = await asyncio.to_thread(log.latest_revision)
        if not latest or (own.files and not await asyncio.to_thread(log.was_published, own.digest)):
            return False
        return await self._take_over(latest, ActiveRules(0, own, 0))

    async def _take_over(self, revision: int, before: ActiveRules) -> bool:
        """Makes a stored revision active, and gives the folder its files if it held `before`.

        A folder with other files holds what was never published: it is left as it is.
        """
        row = await asyncio.to_thread(self._store.log.ruleset, revision)
        if row is None or revision <= before.revision:
            return False
        loaded = await asyncio.to_thread(self._load, row.files)
        if loaded.rule_set is None:
            logger.error("rules.not_followed revision=%d: this version cannot read it", revision)
            return False
        self._set_active(revision, loaded.rule_set)
        on_disk = read_rule_files(self.folder)
        if on_disk == dict(before.rule_set.files):
            await asyncio.to_thread(_replace_files, self.folder, on_disk, row.files)
        elif on_disk != dict(row.files):
            logger.warning("rules.folder_differs revision=%d: its files stay", revision)
            return True
        self._seen = self._fingerprint()
        self._problems = loaded.problems
        return True

    def check(self, name: str, text: str) -> list[Problem]:
        """The problems that the whole set would have with this file's text replaced."""
        return self._load({**read_rule_files(self.folder), name: text}).problems

    async def save(self, name: str, text: str, *, if_match: str | None, author: str) -> ActiveRules:
        """Writes a file and makes the new set active; None as `if_match` means a new file.

        Raises:
            ConflictError: the file is not (any more) the one that the author saw.
            RulesRefusedError: the set would have errors; nothing was written.
        """
        async with self._changing:
            files = read_rule_files(self.folder)
            current = etag_of(files[name]) if name in files else None
            if current != if_match:
                raise ConflictError(
                    f"{name} was changed by somebody else after you opened it"
                    if current
                    else f"{name} does not exist (any more)",
                    fix="Compare your text with the file as it is now, then save again.",
                )
            loaded = await asyncio.to_thread(self._load, {**files, name: text})
            if loaded.rule_set is None:
                errors = [p for p in loaded.problems if p.severity is Severity.ERROR]
                raise RulesRefusedError(errors)
            await asyncio.to_thread(_write_durably, self.folder / name, text)
            try:
                active = await self._activate(loaded.rule_set, author, after=self.active.revision)
            except ConflictError:
                earlier = {name: files[name]} if name in files else {}
                await asyncio.to_thread(_replace_files, self.folder, {name: text}, earlier)
                raise
            finally:
                self._seen = self._fingerprint()
            self._problems = loaded.problems
            return active

    async def _activate(
        self, rule_set: RuleSet, author: str, *, after: int | None = None
    ) -> ActiveRules:
        revision = await self._store.publish_ruleset(
            rule_set.files, rule_set.digest, author, after=after
        )
        return self._set_active(revision, rule_set)

    def _set_active(self, revision: int, rule_set: RuleSet) -> ActiveRules:
        self.revisions.keep(revision, rule_set)
        self._active = ActiveRules(revision, rule_set, self._clock.now_ms())
        return self._active

    def _load_folder(self) -> Loaded:
        try:
            files = read_rule_files(self.folder)
        except OSError as error:
            path = str(error.filename or self.folder)
            unreadable = Problem(
                file=path,
                line=1,
                column=1,
                message=f"this cannot be read: {(error.strerror or str(error)).lower()}",
                code="unreadable-file",
                fix="let the user that runs the server read it.",
            )
            return Loaded(None, [unreadable])
        return self._load(files)

    def _fingerprint(self) -> object:
        if not self.folder.is_dir():
            return ()
        entries = [
            (path.name, path.stat().st_mtime_ns, path.stat().st_size)
            for path in self.folder.iterdir()
            if path.suffix in {".yaml", ".yml"} and path.is_file()
        ]
        return tuple(sorted(entries))


def _replace_files(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Makes the files of one set those of another one; equal files are not touched."""
    for name in old.keys() - new.keys():
        (folder / name).unlink(missing_ok=True)
    for name, text in new.items():
        if old.get(name) != text:
            _write_durably(folder / name, text)


def _write_durably(path: Path, text: str) -> None:
    """The old text or the new one is on disk after a crash, never half of either."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(temporary).chmod(path.stat().st_mode & 0o777)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
