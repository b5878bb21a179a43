"""The states of work in portions: of a replay, or of a firing for contacts."""

from enum import IntEnum


class WorkState(IntEnum):
    """The states of the work. The numbers are stored."""

    GOING = 0
    DONE = 1
    #: Stopped: by a person, by a restore, or because the rule is gone.
    STOPPED = 2

    @property
    def label(self) -> str:
        """The word that people see."""
        return self.name.lower()
