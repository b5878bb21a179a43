"""The states of work that is done in portions: a replay, and a firing for contacts."""

from enum import IntEnum


class WorkState(IntEnum):
    """The progress of the work; the numbers are stored."""

    GOING = 0
    DONE = 1
    #: Stopped by a person, by a restore, or because its rule is gone.
    STOPPED = 2

    @property
    def label(self) -> str:
        """The word that people see."""
        return self.name.lower()
