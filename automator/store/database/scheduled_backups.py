"""Makes automatic backups: at regular times, and before a migration."""

import contextlib
import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from automator.clock import iso_time
from automator.model import AutomatorError, record
from automator.store.database.backup import Backup, back_up, errors_in_words
from automator.store.database.sqlite_files import make_folder

#: The name of the usual folder for backups, beside the database.
FOLDER = "backups"
_NAME = re.compile(r"automator-(\d{8}T\d{6})Z\.db")
_NAME_BEFORE = re.compile(r"automator-(?P<version>\w+)-before-\w+-(?P<stamp>\w+)\.db")


@record(kw_only=False)
class Kept:
    """A regular backup that exists."""

    file: Path
    made_at: int


class Backups:
    """Makes and lists the backups of a database, in one folder."""

    def __init__(self, database: Path, folder: Path | None = None) -> None:
        self._database = database
        self.folder = folder or database.parent / FOLDER
        #: Why the last backup could not be made; None if it was made.
        self.failure: AutomatorError | None = None

    def kept(self) -> list[Kept]:
        """The regular backups, newest first.

        If the folder cannot be read, there are none here; the next backup reports the reason.
        """
        found: list[Kept] = []
        with contextlib.suppress(OSError):
            found = [
                Kept(file, _time_of(match[1]))
                for file in self.folder.iterdir()
                if (match := _NAME.fullmatch(file.name))
            ]
        return sorted(found, key=lambda item: item.made_at, reverse=True)

    def is_due(self, now_ms: int, every_s: float) -> bool:
        """Whether it is time for another backup, because the newest is old enough."""
        made = [item.made_at for item in self.kept() if item.made_at <= now_ms]
        return not made or now_ms - made[0] >= every_s * 1000

    def make(self, now_ms: int, keep: int) -> Backup:
        """Makes a regular backup, and deletes the oldest ones beyond `keep`.

        Raises:
            AutomatorError: the backup cannot be made; the older ones still exist.
        """
        made = self._made(f"automator-{_stamp(now_ms)}.db", now_ms)
        # A backup from the future was made by a clock that was ahead, and must not count as newest.
        by_age = sorted(self.kept(), key=lambda item: item.made_at > now_ms)
        with errors_in_words(self._database, made.file):
            for old in by_age[keep:]:
                old.file.unlink(missing_ok=True)
        return made

    def before_upgrade(self, now_ms: int, version: str, following: str) -> Backup:
        """Makes the backup before a migration. It is never deleted automatically.

        Raises:
            AutomatorError: the backup cannot be made.
        """
        return self._made(f"automator-{version}-before-{following}-{_stamp(now_ms)}.db", now_ms)

    def before_upgrade_of(self, versions: Collection[str]) -> Path | None:
        """The newest backup from before an upgrade of one of these versions, if there is one."""
        found: dict[str, Path] = {}
        with contextlib.suppress(OSError):
            for file in self.folder.iterdir():
                match = _NAME_BEFORE.fullmatch(file.name)
                if match and match["version"] in versions:
                    found[match["stamp"]] = file
        return found[max(found)] if found else None

    def _made(self, name: str, now_ms: int) -> Backup:
        target = self.folder / name
        with errors_in_words(self._database, target):
            make_folder(self.folder)
            return back_up(self._database, target, now_ms=now_ms)


def _stamp(now_ms: int) -> str:
    return iso_time(now_ms)[:19].replace("-", "").replace(":", "") + "Z"


def _time_of(stamp: str) -> int:
    moment = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
