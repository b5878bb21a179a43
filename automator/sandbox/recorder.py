"""Records the requests that the sandbox received, in memory and, on request, in a file."""

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import orjson

from automator.clock import Clock, SystemClock
from automator.http.json_body import dump_json
from automator.model import record

V = TypeVar("V")
Kind = Literal[
    "public_reply",
    "private_reply",
    "message",
    "template",
    "moderation",
    "github_comment",
    "forward",
    "notice",
    "model",
]
MAX_RECORDS = 10_000
#: How many bytes of JSON the records in memory may have; the file may have twice as many.
MAX_BYTES = 16_777_216
_MOST_REPLIED = 100_000
#: How many messages are remembered, to recognise repeated ones.
MOST_REMEMBERED = 10_000
MAX_REMEMBERED_BYTES = 8_388_608
_KEY_BYTES = 32
_REDACTED = "<redacted>"
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "access_token", "secret_key"}
)


class Remembered(Generic[V]):
    """JSON values by key, limited in number and bytes: the oldest are forgotten first.

    A repeated key keeps its first value.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        #: Each value with its size, by the hash of its key.
        self._kept: dict[bytes, tuple[V, int]] = {}
        self._bytes = 0

    def put(self, key: str, value: V) -> None:
        """Remembers a value, and forgets the oldest values if there are too many."""
        name = _hashed(key)
        if name in self._kept:
            return
        size = len(dump_json(value)) + _KEY_BYTES
        self._kept[name] = (value, size)
        self._bytes += size
        while self._bytes > MAX_REMEMBERED_BYTES or len(self._kept) > self._most:
            oldest = next(iter(self._kept))
            self._bytes -= self._kept.pop(oldest)[1]

    def get(self, key: str) -> V | None:
        """Returns the value of a key, or None."""
        found = self._kept.get(_hashed(key))
        return found[0] if found else None

    def __contains__(self, key: str) -> bool:
        return _hashed(key) in self._kept

    def clear(self) -> None:
        """Forgets everything."""
        self._kept.clear()
        self._bytes = 0


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


@record
class Record:
    """One request to the sandbox. `status` shows whether it was accepted or refused."""

    id: int  #: Counts from 1.
    at: int  #: Milliseconds since 1970.
    kind: Kind
    #: The receiver: the comment, the person, `owner/repository#number`, or the target's name.
    to: str
    text: str
    path: str
    body: Any
    #: Lower-case names; secrets are redacted.
    headers: Mapping[str, str]
    #: The key that the sender repeats with each attempt of a step; "" if it sent none.
    idempotency_key: str
    status: int
    answer: Any = None
    #: Whether a signed forward's signature is right; None if it was not checked.
    signature_ok: bool | None = None


@dataclass(slots=True)
class Recorder:
    """Keeps the last MAX_RECORDS records, of MAX_BYTES in all; with a path also in a JSONL file.

    At start the records of an earlier process are read from the file, so a restart forgets none.
    When the file has grown to twice MAX_BYTES, it is rewritten with only the kept records.
    """

    path: Path | None = None
    clock: Clock = field(default_factory=SystemClock)
    max_bytes: int = MAX_BYTES
    last_id: int = 0
    #: Each record with its size.
    _kept: deque[tuple[Record, int]] = field(default_factory=deque)
    _kept_bytes: int = 0
    _file_bytes: int = 0
    #: Comments that have had their one private reply; below, comments that were deleted.
    _replied: Remembered[bool] = field(default_factory=lambda: Remembered(_MOST_REPLIED))
    _deleted: Remembered[bool] = field(default_factory=lambda: Remembered(_MOST_REPLIED))

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            line = b"\n"
            self._file_bytes = self.path.stat().st_size
            with self.path.open("rb") as file:
                for line in file:
                    self._restore(line)
            if not line.endswith(b"\n"):
                # A killed process left half a line: the next record must begin on its own line.
                with self.path.open("ab") as file:
                    file.write(b"\n")

    def _restore(self, line: bytes) -> None:
        try:
            record = Record(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            return  # A line that was cut short.
        self._keep(record, len(line))
        self.last_id = record.id

    def add(self, *, kind: Kind, to: str, headers: Mapping[str, str], **rest: Any) -> Record:
        """Keeps a request; `rest` are the fields of Record except `id` and `at`."""
        self.last_id += 1
        record = Record(
            id=self.last_id,
            at=self.clock.now_ms(),
            kind=kind,
            to=to,
            headers={
                name: _REDACTED if name in _SECRET_HEADERS else value
                for name, value in headers.items()
            },
            **rest,
        )
        line = orjson.dumps(asdict(record)) + b"\n"
        self._keep(record, len(line))
        if self.path is not None:
            self._write(self.path, line)
        return record

    def _write(self, path: Path, line: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file_bytes += len(line)
        if self._file_bytes <= 2 * self.max_bytes:
            with path.open("ab") as file:
                file.write(line)
            return
        anew = path.with_suffix(".new")
        with anew.open("wb") as file:
            for record, _ in self._kept:
                file.write(orjson.dumps(asdict(record)) + b"\n")
            self._file_bytes = file.tell()
        anew.replace(path)

    def _keep(self, record: Record, size: int) -> None:
        self._kept.append((record, size))
        self._kept_bytes += size
        while self._kept_bytes > self.max_bytes or len(self._kept) > MAX_RECORDS:
            self._kept_bytes -= self._kept.popleft()[1]
        if record.kind == "private_reply" and record.status == 200:
            self._replied.put(record.to, True)
        if (record.kind, record.text, record.status) == ("moderation", "delete", 200):
            self._deleted.put(record.to, True)

    def records(
        self, kind: str | None = None, after: int = 0, limit: int = MAX_RECORDS
    ) -> list[Record]:
        """Returns the kept records of a kind with an id greater than `after`, oldest first."""
        found = [
            record
            for record, _ in self._kept
            if record.id > after and (kind is None or record.kind == kind)
        ]
        return found[:limit]

    def has_private_reply(self, comment: str) -> bool:
        """Whether a comment has had its one private reply."""
        return comment in self._replied

    def is_deleted(self, comment: str) -> bool:
        """Whether a comment was deleted: it then accepts no further requests."""
        return comment in self._deleted

    def clear(self) -> None:
        """Forgets the records in memory. Ids go on counting, and the file stays as it is."""
        self._kept.clear()
        self._kept_bytes = 0
        self._replied.clear()
        self._deleted.clear()
