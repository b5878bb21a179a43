"""Filters in words: those that are set on a list, or that a replay was made with."""

from collections.abc import Callable, Mapping

from automator.model import N_, record
from automator.server.web.request_context import RequestContext
from automator.server.web.rule_words import event_words

#: The labels of filters; `text` is in its own field, where there is one.
_LABELS = {
    "state": N_("State"),
    "rule": N_("Rule"),
    "reason": N_("Reason"),
    "outcome": N_("Outcome"),
    "waits": N_("Waits for"),
    "connection": N_("Connection"),
    "contact": N_("Contact"),
    "type": N_("Type"),
    "error_code": N_("Error code"),
    "target": N_("Target"),
    "text": N_("Text"),
    "since": N_("Since"),
    "until": N_("Until"),
    "replay": N_("Replay"),
    "matched": N_("Matched"),
    "event": N_("Event"),
    "run": N_("Run"),
    "delivery": N_("Deliveries"),
    "part": N_("Part of the body"),
}
_ANSWERS = {"yes": N_("yes"), "no": N_("no")}


@record(kw_only=False)
class SetFilter:
    """A filter that is set, as a page shows it."""

    name: str
    label: str
    value: str


def set_filters(context: RequestContext, words: Mapping[str, str]) -> list[SetFilter]:
    """The filters that are not empty, in their order."""
    say = context.translator
    shown: Mapping[str, Callable[[str], str]] = {
        "rule": context.services.rule_name,
        "reason": say.kind,
        "type": lambda text: say(event_words(text) or text),
        "matched": lambda text: say(_ANSWERS.get(text, text)),
    }
    return [
        SetFilter(name, say(_LABELS[name]), shown.get(name, str)(text))
        for name, text in words.items()
        if text
    ]
