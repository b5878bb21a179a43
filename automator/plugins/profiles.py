"""The profile of an account: the parts that its platform shows people around a conversation."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from automator.http.types import Http
from automator.model import record

#: The sign between a part and its language, as in `menu.en_US`.
_FOR = "."


@record(kw_only=False)
class Press:
    """A part of a profile that people can tap, which then comes back as an event."""

    #: Its path within the option `profile`.
    path: tuple[str | int, ...]
    #: `event.button.title` and `event.button.id` of `button.clicked`; for a command its label, and
    #: `event.command.id` of `message.received`.
    title: str
    payload: str
    kind: Literal["button", "command"] = "button"


def part_for(part: str, language: str) -> str:
    """Returns the name of a part for one language; "" means all languages without
    their own text.
    """
    return f"{part}{_FOR}{language}" if language else part


def part_and_language(name: str) -> tuple[str, str]:
    """Returns the part and the language of a name from `part_for`."""
    part, _, language = name.partition(_FOR)
    return part, language


class AccountProfile(ABC):
    """The profile of one account, as its connection describes it, and the platform's API for it.

    Its parts have the same names and form as in automator.yaml; `part_for` names a part for one
    language.
    """

    #: Each part that the connection describes; an empty part is to be removed.
    wanted: Mapping[str, Any]

    @abstractmethod
    async def read(self, http: Http, also: Collection[str] = ()) -> Mapping[str, Any]:
        """Reads the platform's present parts; a part that no file could describe has its own form.

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
