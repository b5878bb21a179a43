"""The profile of an account: what its platform shows people before and beside a conversation."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from automator.http.types import Http
from automator.model import record

#: Between a part and the language that it is for, as in `menu.en_US`.
_FOR = "."


@record(kw_only=False)
class Press:
    """A part of a profile that people press: it comes back as an event."""

    #: Its path within the option `profile`.
    path: tuple[str | int, ...]
    #: `event.button.title` and `event.button.id` of `button.clicked`; of a command its label, and
    #: `event.command.id` of `message.received`.
    title: str
    payload: str
    kind: Literal["button", "command"] = "button"


def part_for(part: str, language: str) -> str:
    """The name of a part for one language; "" = for all that have no other one."""
    return f"{part}{_FOR}{language}" if language else part


def part_and_language(name: str) -> tuple[str, str]:
    """The part and the language of a name that `part_for` has made."""
    part, _, language = name.partition(_FOR)
    return part, language


class AccountProfile(ABC):
    """The profile of one account, as its connection wants it, and the platform's API for it.

    Its parts have the names and the form that they have in automator.yaml; one for a language is
    named by `part_for`.
    """

    #: Each part that the connection names; an empty one is to be taken away.
    wanted: Mapping[str, Any]

    @abstractmethod
    async def read(self, http: Http, also: Collection[str] = ()) -> Mapping[str, Any]:
        """The parts that the platform has now; one that no file could say is in its own form.

        `also` names parts that the connection no longer wants and that are to be read as well.

        Raises:
            StepError: the platform does not tell.
        """

    @abstractmethod
    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and takes others away. It may be repeated.

        Raises:
            StepError: the platform refuses it, or does not answer.
        """
