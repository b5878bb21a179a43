"""Texts that completion and explanations show besides the descriptions in the models."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

from automator.conditions import FUNCTIONS
from automator.model import N_
from automator.rules.templates.filters import FILTERS

#: The names that conditions and templates can use.
NAME_TEXTS: Final[Mapping[str, str]] = {
    "event": N_("What has happened: `type`, `text`, `actor`, `post` and so on."),
    "contact": N_("The person, as this server knows them: `name`, `tags`, `state` and so on."),
    "connection": N_("The connection that the event came through: `name` and `provider`."),
    "vars": N_("Values of this file and of automator.yaml."),
    "steps": N_("The results of earlier actions, by their ids."),
    "events": N_("All events that `debounce` or `both` has collected."),
    "now": N_("The time at which the event came in."),
}
_OTHER_FILTERS: Final[Mapping[str, str]] = {
    "fold": N_("A text in small letters, without accents and with d for đ."),
    "tojson": N_("A value as JSON."),
    "upper": N_("A text in capital letters."),
    "lower": N_("A text in small letters."),
    "trim": N_("A text without blanks at its ends."),
    "abs": N_("A number without its sign."),
    "addresses": N_("The postal addresses of Vietnam in a text, as a list."),
    "emails": N_("The e-mail addresses in a text, as a list."),
    "links": N_("The links in a text, as a list."),
    "phones": N_("The phone numbers in a text, as a list of texts such as +84901234567."),
}
_SHORT_NAMES = frozenset({"d", "count", "e"})
FILTER_TEXTS: Final[Mapping[str, str]] = {
    name: _OTHER_FILTERS.get(name)
    or (inspect.getdoc(work) or "").partition("\n\n")[0].replace("\n", " ")
    for name, work in FILTERS.items()
    if name not in _SHORT_NAMES
}


def explained_texts(schema: Mapping[str, Any]) -> Iterator[str]:
    """Every text that completion and explanations can show, for the translators' catalogues."""
    yield from _descriptions(schema)
    yield from (function.summary for function in FUNCTIONS.values())
    yield from FILTER_TEXTS.values()


def _descriptions(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _descriptions(item)
    elif isinstance(value, Mapping):
        about = value.get("description")
        if isinstance(about, str) and about:
            yield about
        for inner in value.values():
            yield from _descriptions(inner)
