"""The ids of the steps of one rule: those that its file gives, and made-up ones beside them."""

from collections.abc import Mapping
from typing import Any

from automator.rules.meaning.subject import later_follow_ups


class StepIds:
    """The ids of one rule that are taken, each by one step."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._given: set[str] = set()
        #: The last number that was put behind the name of an action.
        self._numbers: dict[str, int] = {}

    def set_aside(self, items: Any) -> None:
        """Sets aside the ids that people wrote, so that no made-up id takes one of them."""
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping):
                if isinstance(item.get("id"), str):
                    self._given.add(item["id"])
                inner = item.get("follow_up")
                if isinstance(inner, Mapping):
                    self.set_aside(inner.get("actions"))
                    for _, following in later_follow_ups(inner):
                        self.set_aside(following.get("actions"))

    def take(self, given: str) -> bool:
        """Takes an id that somebody wrote; False if another step has it."""
        is_free = given not in self._taken
        self._taken.add(given)
        return is_free

    def make(self, name: str) -> str:
        """A new id: the name, with a number behind it where it is taken."""
        number, made = self._numbers.get(name, 0), ""
        while not made or made in self._taken or made in self._given:
            number += 1
            made = name if number == 1 else f"{name}_{number}"
        self._numbers[name] = number
        self._taken.add(made)
        return made
