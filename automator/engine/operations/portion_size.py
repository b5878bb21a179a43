"""The size of portions: deliveries wait for the commit of each, so it has to be a short one."""

#: Rows of the first portion.
_FIRST = 10
#: Seconds for a commit, with the wait for the writer: after a longer one the next portion is half
#: as large, after a shorter one twice as large.
_LONG_S, _SHORT_S = 0.03, 0.01


class PortionSize:
    """The number of rows for the next commit, by the time that the last one took."""

    def __init__(self, most: int) -> None:
        self.rows = min(_FIRST, most)
        self._most = most

    def took(self, seconds: float) -> None:
        """Notes the time of the last portion."""
        if seconds > _LONG_S:
            self.rows = max(1, self.rows // 2)
        elif seconds < _SHORT_S:
            self.rows = min(self._most, self.rows * 2)
