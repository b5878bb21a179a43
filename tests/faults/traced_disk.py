"""The disk of a program whose system calls were traced, as a power cut at any of them leaves it.

`power.py` simulates the disk under the store's SQL; this is about the whole program: its threads,
its two connections to SQLite, and the order of its answers and its syncs. After a cut, each sector
holds what was last synced or what was written there later, independently of the others, as the
system writes its cache back in any order. A name that was made, moved or deleted is durable once
its folder is synced.
"""

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.faults import unavailable

_SECTOR = 512
_CALLS = (
    "openat,close,pwrite64,write,writev,sendto,sendmsg,ftruncate,fsync,fdatasync,"
    "unlink,unlinkat,rename,renameat,renameat2"
)
_BEGUN = re.compile(r"^(\d+) +(\w+)\((.*?)(?:\) += (-?\d+|\?).*| <unfinished \.\.\.>)$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+|\?).*$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def tracing(log: Path) -> tuple[str, ...]:
    """The program that starts another one and writes its system calls to `log`."""
    found = shutil.which("strace")
    if found is None:
        unavailable("strace is not installed: apt-get install strace")
    # -D: the program stays our child, and strace is its tracer from beside.
    options = ("-D", "-f", "-qq", "--seccomp-bpf", "-xx", "-s", "2000000", "-o", str(log))
    return (str(found), *options, "-e", f"trace={_CALLS}", "-e", "signal=none")


@dataclass(slots=True)
class _Call:
    """One call: a line where it begins, and maybe another one where it has ended."""

    name: str
    values: str
    result: int | None

    def texts(self) -> list[bytes]:
        return [bytes.fromhex(found.replace("\\x", "")) for found in _TEXT.findall(self.values)]

    @property
    def fd(self) -> int:
        return int(self.values.partition(",")[0])


@dataclass(slots=True)
class _File:
    """What is certain, and for each sector the versions that may be on the disk instead."""

    seen: bytearray = field(default_factory=bytearray)
    synced: bytearray = field(default_factory=bytearray)
    #: By its place: when a sector was written, and with what.
    waiting: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    #: The sizes that it had since, each with its time.
    sizes: list[tuple[int, int]] = field(default_factory=list)
    #: Counts the writes.
    now: int = 0

    def write(self, data: bytes, offset: int) -> None:
        if len(self.seen) < offset:
            self.seen.extend(bytes(offset - len(self.seen)))
        self.seen[offset : offset + len(data)] = data
        self._changed(offset, offset + len(data))

    def truncate(self, size: int) -> None:
        before = len(self.seen)
        del self.seen[size:]
        self.seen.extend(bytes(size - len(self.seen)))
        self._changed(min(size, before), max(size, before))

    def sync(self, begun_at: int) -> None:
        """A sync has ended; what was written since it has begun may still wait."""
        waiting = {}
        for at, versions in self.waiting.items():
            later = [one for one in versions if one[0] > begun_at]
            if len(later) < len(versions):
                _put(self.synced, versions[-len(later) - 1][1], at)
            if later:
                waiting[at] = later
        self.waiting = waiting
        known = [size for at, size in self.sizes if at <= begun_at]
        if known:
            del self.synced[known[-1] :]
        self.sizes = [one for one in self.sizes if one[0] > begun_at]

    def after_cut(self, chance: random.Random) -> bytes:
        """The bytes that the next start finds."""
        left = bytearray(self.synced)
        kept = chance.choice((0.0, 0.5, 0.9, 1.0))
        for at, versions in self.waiting.items():
            if chance.random() < kept:
                _put(left, chance.choice(versions)[1], at)
        if self.sizes and chance.random() < 0.5:
            del left[chance.choice(self.sizes)[1] :]
        return bytes(left)

    def _changed(self, begin: int, end: int) -> None:
        self.now += 1
        for at in range(begin - begin % _SECTOR, end, _SECTOR):
            version = bytes(self.seen[at : at + _SECTOR])
            self.waiting.setdefault(at, []).append((self.now, version))
        self.sizes.append((self.now, len(self.seen)))


def _put(content: bytearray, data: bytes, offset: int) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class TracedDisk:
    """Follows the calls of one program in one folder, from when the folder was empty."""

    def __init__(self, folder: Path, said: Callable[[bytes], None]) -> None:
        """`said` gets everything that the program writes elsewhere, as to its sockets."""
        self._folder = folder
        self._said = said
        self._open: dict[int, str] = {}
        #: The files by names, as the program sees them and as they are on the disk for certain.
        self.files: dict[str, _File] = {}
        self._durable: dict[str, _File] = {}
        self._marks: dict[int, tuple[str, int | None]] = {}
        self.syncs = 0

    @property
    def waits(self) -> set[str]:
        """The names of the files with something that is not synced."""
        return {Path(name).name for name, file in self.files.items() if file.waiting}

    def begins(self, thread: int, call: _Call) -> None:
        """What is done as soon as the call is made: it can be on the disk from now on."""
        name = call.name
        if name in ("fsync", "fdatasync") and call.fd in self._open:
            path = self._open[call.fd]
            file = self.files.get(path)
            self._marks[thread] = (path, None if file is None else file.now)
        elif name == "close":
            self._open.pop(call.fd, None)
        elif name in ("pwrite64", "write") and self._open.get(call.fd) in self.files:
            (data,) = call.texts()
            file = self.files[self._open[call.fd]]
            at = int(call.values.rpartition(",")[2]) if name == "pwrite64" else len(file.seen)
            file.write(data, at)
        elif name == "ftruncate" and self._open.get(call.fd) in self.files:
            self.files[self._open[call.fd]].truncate(int(call.values.rpartition(",")[2]))
        elif name in ("write", "writev", "sendto", "sendmsg"):
            self._said(b"".join(call.texts()))

    def ends(self, thread: int, call: _Call) -> None:
        """What is certain only when the call has ended."""
        if call.result is None or call.result < 0:
            self._marks.pop(thread, None)
            return
        if call.name == "openat":
            self._opened(call)
        elif call.name in ("fsync", "fdatasync") and thread in self._marks:
            path, mark = self._marks.pop(thread)
            self.syncs += 1
            if mark is None:
                self._durable = dict(self.files)
            elif path in self.files:
                self.files[path].sync(mark)
        elif call.name in ("unlink", "unlinkat"):
            self.files.pop(os.fsdecode(call.texts()[-1]), None)
        elif call.name in ("rename", "renameat", "renameat2"):
            old, new = (os.fsdecode(text) for text in call.texts())
            if old in self.files:
                self.files[new] = self.files.pop(old)

    def leave_in(self, folder: Path, chance: random.Random) -> None:
        """Writes what the next start finds."""
        is_after = chance.random() < 0.5
        names = self.files if is_after else self._durable
        for name, file in names.items():
            place = folder / Path(name).relative_to(self._folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.after_cut(chance))

    def _opened(self, call: _Call) -> None:
        (text,) = call.texts()
        path = os.fsdecode(text)
        assert call.result is not None
        self._open.pop(call.result, None)
        if not path.startswith(str(self._folder)) or path.endswith("-shm"):
            return
        self._open[call.result] = path
        if "O_CREAT" in call.values:
            file = self.files.setdefault(path, _File())
            if "O_TRUNC" in call.values:
                file.truncate(0)


def replay(log: Path, disk: TracedDisk, cuts: Sequence[int]) -> Iterator[int]:
    """Carries the calls of a trace out on the disk; stops at each of these lines, in order."""
    unfinished: dict[int, _Call] = {}
    wanted = iter(sorted(cuts))
    following = next(wanted, None)
    with log.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines):
            while following is not None and number >= following:
                yield number
                following = next(wanted, None)
            resumed = _RESUMED.match(line)
            if resumed is not None:
                thread = int(resumed[1])
                call = unfinished.pop(thread, None)
                if call is not None:
                    call.result = None if resumed[3] == "?" else int(resumed[3])
                    disk.ends(thread, call)
                continue
            begun = _BEGUN.match(line)
            if begun is None:
                continue
            thread = int(begun[1])
            result = None if begun[4] in (None, "?") else int(begun[4])
            call = _Call(begun[2], begun[3], result)
            disk.begins(thread, call)
            if begun[4] is None:
                unfinished[thread] = call
            else:
                disk.ends(thread, call)
