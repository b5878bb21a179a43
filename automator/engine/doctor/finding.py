"""A finding of the doctor: one thing that is wrong with a delivery, as a code with its values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.engine.doctor.texts import FINDINGS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what to do; `proved` when the delivery verifies without it."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    proved: bool = False

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return filled(FINDINGS[self.code].what, self.values)

    @property
    def fix(self) -> str:
        """What to do, in English; "" when there is nothing to do."""
        return filled(FINDINGS[self.code].fix, self.values)


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with its values in their places."""
    return text.format_map(values) if values else text
