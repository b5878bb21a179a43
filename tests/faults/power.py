"""A disk that loses power: what was not synced survives by chance, in any order, some of it torn.

The store's own SQL runs over it through SQLite's VFS interface. A write is kept aside until its
file is synced. When the power goes, each sector of each write that waits is on the disk or not.
"""

import contextlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from automator.store.database.sqlite import SQLite, _begin, prepare_writer

_SECTOR = 512
_NAME = "disk-without-power"
#: Pages after which the log is copied back: few, so that cuts fall into that as well.
_CHECKPOINT_PAGES = 60


class _File:
    """One file: what the program sees, what is certain, and what waits."""

    def __init__(self, content: bytes = b"") -> None:
        self.seen = bytearray(content)
        self.synced = bytearray(content)
        #: (offset, data) or (size, None) for a truncation.
        self.waiting: list[tuple[int, bytes | None]] = []

    def write(self, data: bytes, offset: int) -> None:
        _put(self.seen, data, offset)
        self.waiting.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.seen[size:]
        self.waiting.append((size, None))

    def sync(self) -> None:
        self.synced[:] = self.seen
        self.waiting.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """The bytes that the next start finds."""
        left = bytearray(self.synced)
        for offset, data in self.waiting:
            if data is None:
                if chance.random() < 0.5:
                    del left[offset:]
                continue
            kept = chance.choice((0.0, 0.5, 1.0))
            for start in range(0, len(data), _SECTOR):
                if chance.random() < kept:
                    _put(left, data[start : start + _SECTOR], offset + start)
        return bytes(left)


def _put(content: bytearray, data: bytes, offset: int) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """The files by name; the power goes at the operation with the number `cut_at`."""

    def __init__(self, content: dict[str, bytes], cut_at: int | None = None) -> None:
        self.files = {name: _File(data) for name, data in content.items()}
        self.operations = 0
        self.syncs = 0
        self.cut_at = cut_at
        super().__init__(_NAME, base="")

    @property
    def is_off(self) -> bool:
        return self.cut_at is not None and self.operations >= self.cut_at

    def step(self) -> None:
        """One operation on the disk.

        Raises:
            apsw.IOError: there is no power.
        """
        if self.is_off:
            raise apsw.IOError
        self.operations += 1
        if self.is_off:
            raise apsw.IOError

    def leave_in(self, folder: Path, chance: random.Random) -> None:
        """Writes what the next start finds into real files."""
        for name, file in self.files.items():
            (folder / Path(name).name).write_bytes(file.after_cut(chance))

    # --- What SQLite calls ---

    def xOpen(self, name: Any, flags: list[int]) -> "_OpenFile":  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return _OpenFile(self, self.files.setdefault(path, _File()))

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        self.step()
        self.files.pop(name, None)

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return name in self.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class _OpenFile:
    """An open file, as SQLite uses it. Without shared memory: WAL needs the exclusive mode."""

    def __init__(self, disk: Disk, file: _File) -> None:
        self._disk = disk
        self._file = file

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._file.seen[offset : offset + amount])

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        self._disk.step()
        self._file.write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.step()
        self._file.truncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.step()
        self._disk.syncs += 1
        self._file.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.seen)

    def xLock(self, level: int) -> None:  # noqa: N802
        """Nobody else has it."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Nobody else has it."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, operation: int, pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return _SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0

    def xClose(self) -> None:  # noqa: N802
        """The content stays with the disk."""


class PoweredSQLite(SQLite):
    """The product's SQLite, on such a disk; `synchronous` other than FULL is the control."""

    def __init__(self, file: Path, synchronous: str = "FULL") -> None:
        super().__init__(file)
        self._synchronous = synchronous

    def write_engine(self) -> Engine:
        engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        event.listen(engine, "connect", prepare_writer)
        event.listen(engine, "connect", self._adjust)
        event.listen(engine, "begin", _begin)
        return engine

    def open_beside(self, connection: Any) -> None:
        """Nothing: the disk has no memory to share, so that its only connection copies the log."""

    def _connect(self) -> "_Connection":
        connection = _Connection(str(self.file))
        connection.cursor().execute("PRAGMA locking_mode=EXCLUSIVE")
        return connection

    def _adjust(self, connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        if self._synchronous != "FULL":
            cursor.execute(f"PRAGMA synchronous={self._synchronous}")


class _Connection:
    """What SQLAlchemy and the store use of a connection of sqlite3, over apsw."""

    isolation_level = None

    def __init__(self, path: str) -> None:
        self._apsw = apsw.Connection(path, vfs=_NAME)

    def cursor(self) -> "_Cursor":
        return _Cursor(self._apsw)

    def create_function(self, name: str, arguments: int, function: Any, **_: Any) -> None:
        self._apsw.create_scalar_function(name, function, arguments)

    @property
    def in_transaction(self) -> bool:
        return self._apsw.in_transaction

    @property
    def total_changes(self) -> int:
        return self._apsw.total_changes()

    def commit(self) -> None:
        if self._apsw.in_transaction:
            self.cursor().execute("COMMIT")

    def rollback(self) -> None:
        if self._apsw.in_transaction:
            self.cursor().execute("ROLLBACK")

    def close(self) -> None:
        # Without power it cannot even close in order.
        with contextlib.suppress(apsw.Error):
            self._apsw.close(force=True)


class _Cursor:
    """A cursor of sqlite3, over apsw."""

    arraysize = 1
    lastrowid = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._apsw = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1

    def execute(self, statement: str, values: Any = ()) -> "_Cursor":
        before = self._apsw.total_changes()
        cursor = self._apsw.cursor()
        cursor.exec_trace = self._describe
        with _as_sqlite3():
            self._rows = list(cursor.execute(statement, values))
        self.rowcount = self._apsw.total_changes() - before
        return self

    def executemany(self, statement: str, rows: Any) -> "_Cursor":
        before = self._apsw.total_changes()
        with _as_sqlite3():
            self._apsw.cursor().executemany(statement, rows)
        self.description, self._rows = None, []
        self.rowcount = self._apsw.total_changes() - before
        return self

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        self._rows = []

    def _describe(self, cursor: Any, statement: str, bindings: Any) -> bool:
        """Called before the first step: later a statement without rows has no description."""
        columns = cursor.get_description()
        empty = (None,) * 5
        self.description = [(column[0], None, *empty) for column in columns] or None
        return True


@contextlib.contextmanager
def _as_sqlite3() -> Iterator[None]:
    """Errors as the product knows them."""
    try:
        yield
    except apsw.Error as error:
        raised = sqlite3.OperationalError(str(error) or type(error).__name__)
        is_disk = isinstance(error, apsw.IOError | apsw.CantOpenError)
        raised.sqlite_errorname = "SQLITE_IOERR" if is_disk else "SQLITE_ERROR"
        raise raised from error
