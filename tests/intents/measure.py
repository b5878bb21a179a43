"""Measures by labelled texts how well intents are found, and prints precision and recall of each.

`python -m tests.intents.measure` prints both parts; with `--wrong PART` also every wrong decision
in it. Look at the wrong decisions of `development` only.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from automator.conditions import language_of
from automator.conditions.functions.intents import wanted_in
from automator.conditions.texts.intent_words import INTENTS

PARTS = ("development", "untouched")
_NONE = frozenset({"none", "review"})


class Labelled(NamedTuple):
    """A text with its language, and with the intents that a person sees in it."""

    text: str
    language: str
    intents: frozenset[str]
    is_review: bool


def texts_of(part: str) -> Iterator[Labelled]:
    """The labelled texts of one part."""
    language, labels = "", frozenset[str]()
    for line in (Path(__file__).parent / f"{part}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language, *named = line.strip("[]").split()
            labels = frozenset(named)
        elif line and not line.startswith("#"):
            yield Labelled(line, language, labels - _NONE, "review" in labels)


class Score(NamedTuple):
    """How often an intent was found rightly, found wrongly, and overlooked."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of what there is that was found."""
        return self.right / max(1, self.right + self.missed)


def scores_of(part: str) -> dict[str, Score]:
    """The score of each intent in one part."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for one in texts_of(part):
        found = wanted_in(one.text).keys()
        right.update(found & one.intents)
        wrong.update(found - one.intents)
        missed.update(one.intents - found)
    return {name: Score(right[name], wrong[name], missed[name]) for name in INTENTS}


#: Intents that ask for something, and so are false alarms in a review.
ASKING = frozenset(INTENTS) - {"complaint", "thanks"}


def false_alarms(part: str) -> tuple[int, int]:
    """How many product reviews of a part seem to ask for something, and how many there are."""
    reviews = [one for one in texts_of(part) if one.is_review]
    return sum(not wanted_in(one.text).keys().isdisjoint(ASKING) for one in reviews), len(reviews)


def languages(part: str) -> Counter[tuple[str, str | None]]:
    """How often the texts of each language in a part were taken for each language."""
    return Counter((one.language, language_of(one.text)) for one in texts_of(part))


def main() -> None:
    """Prints the table."""
    scores = {part: scores_of(part) for part in PARTS}
    print(f"{'':16}" + "".join(f"{part:>24}" for part in PARTS))
    print(f"{'intent':16}" + f"{'precision   recall   of':>24}" * len(PARTS))
    for name in INTENTS:
        cells = (
            f"{score.precision:15.2f}{score.recall:9.2f}{score.right + score.missed:5}"
            for score in (scores[part][name] for part in PARTS)
        )
        print(f"{name:16}" + "".join(f"{cell:>24}" for cell in cells))
    for part in PARTS:
        alarms, reviews = false_alarms(part)
        seen = languages(part)
        english = sum(count for (language, _), count in seen.items() if language == "en")
        print(
            f"{part}: {alarms} of {reviews} reviews seem to ask for something;"
            f" language() finds {seen['en', 'en']} of {english} English texts,"
            f" and {seen['vi', 'vi']} of {sum(seen.values()) - english} Vietnamese ones"
        )
    for part in sys.argv[2:] if sys.argv[1:2] == ["--wrong"] else ():
        for one in texts_of(part):
            found = wanted_in(one.text)
            for name in sorted(found.keys() - one.intents):
                print(f"  + {name}: {one.text}  ({found[name].typed!r} by {found[name].phrase!r})")
            for name in sorted(one.intents - found.keys()):
                print(f"  - {name}: {one.text}")


if __name__ == "__main__":
    main()
