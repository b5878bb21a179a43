"""The wire between a server and its database, which can be cut, also in the midst of a commit."""

import contextlib
import socket
import threading
from collections.abc import Iterator

_COMMIT = b"COMMIT"


class Wire:
    """A port in front of PostgreSQL's socket."""

    def __init__(self, socket_path: str) -> None:
        self.cuts = 0
        self._path = socket_path
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        #: Commits that are still let through before one is cut; None = all are.
        self._left: int | None = None
        self._reaches = True
        self._is_away = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _end(pair)
        self.cuts += len(pairs)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """As long as it lasts, nobody reaches the database."""
        self._is_away = True
        self.cut()
        try:
            yield
        finally:
            self._is_away = False

    def cut_at_commit(self, after: int, *, reaches: bool) -> None:
        """The `after`-th commit from now on gets no answer: the database has it, or it has not."""
        with self._lock:
            self._left, self._reaches = after, reaches

    @property
    def is_armed(self) -> bool:
        return self._left is not None

    @contextlib.contextmanager
    def open(self) -> Iterator["Wire"]:
        try:
            yield self
        finally:
            self._listener.close()
            self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                try:
                    if self._is_away:
                        raise ConnectionRefusedError
                    far.connect(self._path)
                except OSError:
                    _end((near, far))
                    continue
                with self._lock:
                    self._pairs.append((near, far))
                for ends in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, is_asking: bool) -> None:
        with contextlib.suppress(OSError):
            while said := source.recv(65_536):
                if is_asking and _COMMIT in said and self._is_its_turn():
                    if self._reaches:
                        # Nobody reads the answer: the database carries it out all the same.
                        source.shutdown(socket.SHUT_RDWR)
                        to.sendall(said)
                        to.shutdown(socket.SHUT_WR)
                    break
                to.sendall(said)
        if not (is_asking and self._reaches):
            _end((source, to))

    def _is_its_turn(self) -> bool:
        with self._lock:
            if self._left is None:
                return False
            self._left -= 1
            if self._left > 0:
                return False
            self._left = None
            self.cuts += 1
            return True


def _end(pair: tuple[socket.socket, socket.socket]) -> None:
    for one in pair:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
