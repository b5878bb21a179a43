"""The nearest right spelling, for the fix of a problem."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely stands for, or None."""
    names = {name.lower(): name for name in known}
    found = get_close_matches(word.lower()[:100], names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def suggest(word: str, known: Iterable[str], many: str) -> str:
    """`did you mean 'x'? The keys are: a, b.`, where `many` names what the known words are."""
    names = sorted(known)
    nearest = did_you_mean(word, names)
    listed = f"The {many} are: {', '.join(names)}." if names else f"There are no {many}."
    return f"did you mean '{nearest}'? {listed}" if nearest else listed[0].lower() + listed[1:]
