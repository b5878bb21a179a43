"""Sentences with values, which pages translate and programs write in English."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from automator.model.reason import N_

#: Of a list of sentences, more than these are only counted.
_MOST = 4
MORE = N_("and {count} more")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence apart from what fills it: `text` in English, with `{name}` places."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)


def plain(text: str) -> tuple[Sentence, ...]:
    """What is said in the same words everywhere."""
    return (Sentence("{said}", {"said": text}),)


def joined(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Each once, the first few."""
    found = list({str(sentence): sentence for sentence in sentences}.values())
    more = len(found) - _MOST
    return (*found[:_MOST], *((Sentence(MORE, {"count": str(more)}),) if more > 0 else ()))


def said(sentences: Iterable[Sentence]) -> str:
    """All of them in one line of English."""
    return "; ".join(map(str, sentences))
