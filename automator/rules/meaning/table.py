"""The table of all checks of meaning, and of all mistakes that they can find."""

from typing import Final

from automator.rules.meaning import (
    comparisons,
    conditions,
    contradictions,
    event_paths,
    listening,
    platforms,
    references,
    scopes,
    searched_texts,
    sending,
    values,
)
from automator.rules.meaning.subject import MeaningCheck
from automator.rules.mending.fixes import Mistake

FAMILIES: Final = (
    platforms,
    listening,
    event_paths,
    conditions,
    scopes,
    references,
    comparisons,
    searched_texts,
    sending,
    values,
    # Its general remarks are for what no other check has found.
    contradictions,
)
CHECKS = tuple(
    one for family in FAMILIES for one in vars(family).values() if isinstance(one, MeaningCheck)
)
#: The mistakes by the codes of their reasons, family by family.
MISTAKES: Final = {
    one.code: one
    for family in FAMILIES
    for one in vars(family).values()
    if isinstance(one, Mistake)
}
