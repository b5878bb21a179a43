"""Planned faults: which of the next requests fail, and how."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from automator.configuration.values import StrictModel
from automator.model import N_, UsageError

MAX_DELAY_MS = 120_000
#: How many planned faults may wait at once. Each of them can cover any number of requests.
MAX_WAITING = 1000
_DelayMs = Annotated[int, Field(ge=0, le=MAX_DELAY_MS)]


class Fault(StrictModel):
    """A planned fault of some of the next requests."""

    error: str = Field(
        default="",
        max_length=100,
        description="A name such as rate_limit, token_expired, transient, window, gone; '' = none.",
    )
    times: int = Field(default=1, ge=1, le=1_000_000, description="To how many requests.")
    path: str = Field(
        default="", max_length=500, description="Only to requests whose path contains this."
    )
    status: int | None = Field(default=None, ge=200, le=599, description="Answer this status.")
    retry_after: int | None = Field(default=None, ge=0, description="Seconds, as a header.")
    usage: int | None = Field(
        default=None, ge=0, le=100, description="Say that so many percent are used (Graph API)."
    )
    delay_ms: _DelayMs = Field(default=0, description="Wait so long before answering.")
    lost: bool = Field(
        default=False, description="Take the request, and break off before the answer is whole."
    )


class Control(StrictModel):
    """The body of POST /control."""

    next: tuple[Fault, ...] = Field(default=(), description="Faults, used up in this order.")
    delay_ms: _DelayMs | None = Field(default=None, description="Before every answer from now on.")
    known: dict[str, frozenset[str]] | None = Field(
        default=None,
        description="By platform, as in telegram: the only people, chats and templates there are.",
    )
    clear: bool = Field(default=False, description="First forget the records and the faults.")
    clear_faults: bool = Field(default=False, description="First forget the faults and the delay.")


NO_FAULT = Fault()


@dataclass(slots=True)
class Faults:
    """The faults that are still to happen."""

    delay_ms: int = 0
    #: The ids of people, chats, channels and templates by platform. A platform that is not named
    #: here knows every id.
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _waiting: list[Fault] = field(default_factory=list)

    def plan(self, control: Control) -> None:
        """Adds faults, or changes the delay of all answers.

        Raises:
            UsageError: more than MAX_WAITING faults would wait.
        """
        kept = 0 if control.clear or control.clear_faults else len(self._waiting)
        if kept + len(control.next) > MAX_WAITING:
            raise UsageError(
                N_("more than {most} faults would wait"),
                fix=N_("Say `times` in place of many faults, or clear those that wait."),
                most=MAX_WAITING,
            )
        if control.clear or control.clear_faults:
            self._waiting.clear()
            self.delay_ms, self.known = 0, {}
        if control.known is not None:
            self.known = control.known
        if control.delay_ms is not None:
            self.delay_ms = control.delay_ms
        self._waiting += control.next

    def take(self, path: str) -> Fault:
        """Returns the first planned fault for `path`, and counts it as used once."""
        for index, fault in enumerate(self._waiting):
            if fault.path in path:
                if fault.times > 1:
                    rest = fault.model_copy(update={"times": fault.times - 1})
                    self._waiting[index] = rest
                else:
                    del self._waiting[index]
                return fault
        return NO_FAULT

    async def wait(self, fault: Fault) -> None:
        """Waits for the planned delay. Call it after the request was recorded."""
        delay_ms = self.delay_ms + fault.delay_ms
        if delay_ms:
            await asyncio.sleep(delay_ms / 1000)

    def waiting(self) -> list[Fault]:
        """Returns the faults that are still planned."""
        return list(self._waiting)
