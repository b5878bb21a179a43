"""Searches rules by words: in their names, files, conditions and texts."""

from collections.abc import Iterator, Sequence

from automator.conditions import fold
from automator.model import Condition, Expression, Rule, Step
from automator.rules.templates.inputs import texts_in

#: A search uses at most this many characters.
_LONGEST = 100


class RuleSearch:
    """Finds the rules that contain all words of a text; case and accents do not matter."""

    def __init__(self, text: str) -> None:
        self._words = fold(text[:_LONGEST]).split()

    def names(self, rule: Rule) -> bool:
        """Whether the name and the id of a rule contain all words."""
        return self._all_in(f"{rule.name or ''} {rule.id}")

    def finds(self, rule: Rule) -> bool:
        """Whether the texts of a rule and its file's name contain all words."""
        return self.names(rule) or self._all_in(" ".join(_texts_of(rule)))

    def _all_in(self, text: str) -> bool:
        folded = fold(text)
        return all(word in folded for word in self._words)


def _texts_of(rule: Rule) -> Iterator[str]:
    yield from (rule.name or "", rule.id, rule.description or "", rule.place.file)
    yield from _conditions(rule.conditions)
    yield from _steps((*rule.steps, *rule.on_error_steps))


def _conditions(items: Sequence[Condition]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Expression):
            yield item.text
        else:
            yield from _conditions(item.items)


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        yield from (step.id, step.name, step.condition)
        yield from (text for _, text in texts_in(step.inputs, ()))
        yield from _steps(step.steps)
