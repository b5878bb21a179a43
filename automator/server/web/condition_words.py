"""Conditions that a form can show, in words, for people who read no JMESPath."""

from collections.abc import Callable, Sequence

from automator.model import N_
from automator.rules.editing.expressions import (
    FormCondition,
    Found,
    Hours,
    Posts,
    TopLevel,
    Words,
    read_conditions,
)

#: Translates a text, and fills values into it.
Say = Callable[..., str]

#: Words and posts that are shown of a condition that has more.
_MOST_SHOWN = 12
_WORDS = {
    "word": N_("the text has one of these words: {words}"),
    "contains": N_("the text has one of these, also inside of words: {words}"),
    "exact": N_("the text is nothing but one of these: {words}"),
}
_FOUND = {
    "phones": N_("the text has a phone number"),
    "links": N_("the text has a link"),
    "emails": N_("the text has an e-mail address"),
}


def condition_words(expression: str, say: Say) -> str:
    """A condition in words; "" for one that no form can show."""
    known = read_conditions([expression]).known
    return _said(known[0][1], say) if known else ""


def _said(condition: FormCondition, say: Say) -> str:
    match condition:
        case Words():
            said = say(_WORDS[condition.mode], words=_listed(condition.words, say))
            if not condition.exclude:
                return said
            without = _listed(condition.exclude, say)
            return say(N_("{found}, and none of these: {words}"), found=said, words=without)
        case Found():
            return say(_FOUND[condition.name])
        case Posts():
            return say(N_("it is about one of these posts: {ids}"), ids=_listed(condition.ids, say))
        case Hours():
            times = {"first": condition.first, "last": condition.last}
            return say(N_("it is between {first} and {last}"), **times)
        case TopLevel():
            return say(N_("the comment stands under the post itself"))


def _listed(texts: Sequence[str], say: Say) -> str:
    shown = ", ".join(f"“{text}”" for text in texts[:_MOST_SHOWN])
    more = len(texts) - _MOST_SHOWN
    return shown if more <= 0 else say(N_("{shown} and {count} more"), shown=shown, count=more)
