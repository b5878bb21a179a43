"""Parts that many ready-made rules have: a field of words, a condition, a limit, a notice."""

from typing import Any, Final

from automator.model import N_
from automator.rules.editing.expressions import Words
from automator.rules.gallery.gallery_rule import Filled, GalleryField

PERSON = "event.actor.id"
HAS_PERSON = "event.actor.id != null"
#: Other matters of which people ask how much or how many: a deposit, delivery, a size, days.
_OTHER_MATTERS: Final = ("cọc", "phí ship", "ship bn", "ship bao nhiêu", "kg", "ngày")
#: Frequent phrases that have a word and are about something else, such as a review or the family.
_OTHER_PHRASES: Final = {
    "giá": ("đánh giá", "giảm giá", "giá trị", "gia đình", "tham gia"),
    **dict.fromkeys(("bao nhiêu", "nhiêu", "bn"), _OTHER_MATTERS),
}
#: Rules that answer questions leave the conversation to the person who has answered by hand.
QUIET = {"pause_on": {"human_reply": "12h"}}
#: The label of the text of an answer.
ANSWER = N_("What to answer")
#: The label of the text of a private reply.
PRIVATE = N_("What to write in private")


def words_field(default: str) -> GalleryField:
    """The field `words`: the words that make the rule fire."""
    return GalleryField("words", N_("Words, separated by commas"), default, "words")


def says(filled: Filled) -> list[Any]:
    """A condition: the event has one of the words of the field `words`."""
    words = filled.words("words")
    exclude = [phrase for word in words for phrase in _OTHER_PHRASES.get(word.lower(), ())]
    return [str(Words(words, tuple(dict.fromkeys(exclude))))]


def once(key: str, period: str | None = None) -> dict[str, Any]:
    """A limit: once a key, in all or in a period."""
    return {"once": {"key": key, **({"period": period} if period else {})}}


def notice(receiver: str, text: str, title: str = "") -> dict[str, Any]:
    """A step that tells a receiver; the steps after it are carried out also when it fails."""
    titled = {"title": title} if title else {}
    return {"notify": {"to": receiver, **titled, "text": text}, "on_error": "continue"}


def notices(filled: Filled, text: str, title: str = "") -> list[dict[str, Any]]:
    """A notice to the first receiver that the settings name, if they name any."""
    return [notice(receiver, text, title) for receiver in filled.around.receivers[:1]]
