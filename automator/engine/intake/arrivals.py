"""Counts the deliveries of each connection in this process since the watchdog last asked."""

from automator.store import ConnectionNews

#: Statuses of the refusal of a sender that cannot be verified.
_UNPROVED = frozenset({401, 403})


class Arrivals:
    """Counts deliveries by connection. Belongs to the event loop; called for every delivery."""

    def __init__(self) -> None:
        #: The times of the first and the last delivery that was taken in.
        self._taken: dict[str, tuple[int, int]] = {}
        #: How many were refused since the last one that was taken in, and since when.
        self._refused: dict[str, tuple[int, int]] = {}

    def take(self, connection: str, at: int) -> None:
        """Counts a delivery that was taken in; `at` in milliseconds."""
        known = self._taken.get(connection)
        self._taken[connection] = (known[0] if known else at, at)
        if self._refused:
            self._refused.pop(connection, None)

    def refuse(self, connection: str, at: int, status: int) -> None:
        """Counts a refused delivery that looks like one of the real sender."""
        if status in _UNPROVED:
            count, since = self._refused.get(connection, (0, at))
            self._refused[connection] = (count + 1, since)

    def collect(self) -> list[ConnectionNews]:
        """The counts since the last call."""
        taken, refused = self._taken, self._refused
        self._taken, self._refused = {}, {}
        return [_heard(name, taken.get(name), refused.get(name)) for name in {*taken, *refused}]

    def put_back(self, heard: list[ConnectionNews]) -> None:
        """Takes back counts that could not be stored; newer ones win."""
        for item in heard:
            if item.first_at is not None and item.last_at is not None:
                known = self._taken.get(item.connection)
                self._taken[item.connection] = (item.first_at, known[1] if known else item.last_at)
            # An accepted delivery ends the series of refusals before it.
            is_over = item.connection in self._taken and item.first_at is None
            if item.refused_since is not None and not is_over:
                count, _ = self._refused.get(item.connection, (0, 0))
                self._refused[item.connection] = (count + item.refusals, item.refused_since)


def _heard(
    name: str, taken: tuple[int, int] | None, refused: tuple[int, int] | None
) -> ConnectionNews:
    """The news of a connection: the first and the last time of `taken`, and the count and the
    beginning of `refused`.
    """
    return ConnectionNews(
        connection=name,
        first_at=taken[0] if taken else None,
        last_at=taken[1] if taken else None,
        refusals=refused[0] if refused else 0,
        refused_since=refused[1] if refused else None,
    )
