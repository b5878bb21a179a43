"""The profile of an account: the texts and menus that its platform shows beside a conversation."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from automator.http.types import Http
from automator.model import record

#: The sign between a part and its language, as in `menu.en_US`.
_FOR = "."


@record(kw_only=False)
class Press:
    """A part of a profile that people can tap; the tap comes in as an event."""

    #: Its path within the option `profile` of the connection.
    path: tuple[str | int, ...]
    #: For a button, `event.button.title` and `event.button.id` of the event `button.clicked`. For a
    #: command, its label and `event.command.id` of the event `message.received`.
    title: str
    payload: str
    kind: Literal["button", "command"] = "button"


def part_for(part: str, language: str) -> str:
    """Returns the name of a part for one language; "" is the language of everybody without an own
    text.
    """
    return f"{part}{_FOR}{language}" if language else part


def part_and_language(name: str) -> tuple[str, str]:
    """Splits a name from `part_for` into the part and its language."""
    part, _, language = name.partition(_FOR)
    return part, language


class AccountProfile(ABC):
    """The profile of one account: its configured parts, and the platform's API to set them.

    Parts have the names and the form of automator.yaml; `part_for` names a part for one language.
    """

    #: Each part that the connection describes; an empty part has to be removed at the platform.
    wanted: Mapping[str, Any]

    @abstractmethod
    async def read(self, http: Http, also: Collection[str] = ()) -> Mapping[str, Any]:
        """Reads the parts at the platform; a part that no file could describe has its own form.

        `also` names parts that the connection no longer describes and that are to be read as well.

        Raises:
            StepError: the platform refuses or fails.
        """

    @abstractmethod
    async def write(self, http: Http, parts: Mapping[str, Any], removed: Sequence[str]) -> None:
        """Sets some parts, and removes others. It may be repeated.

        Raises:
            StepError: the platform refuses or does not answer.
        """
