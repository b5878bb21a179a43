"""Finds messages that a platform will refuse, because they are more than it takes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from automator.files import Path, kind_of, suggest
from automator.model import MessagingPolicy, Reason, text_length
from automator.plugins.buttons import button_faults
from automator.reasons.attempts.sending import NO_BUTTONS
from automator.reasons.kind import ReasonKind
from automator.reasons.problems.meaning.message_limits import (
    BUTTONS_OVER_LIMIT,
    MENTIONS_NOT_SHOWN,
    PRIVATE_REPLY_OVER_LIMIT,
    QUICK_REPLIES_OVER_LIMIT,
    TEMPLATE_LACKS_KEY,
    TEMPLATE_WITHOUT_KEY,
    TEXT_OVER_BYTES,
    TEXT_OVER_LIMIT,
)
from automator.reasons.problems.shape import UNEXPECTED_KIND
from automator.reasons.problems.words import (
    KIND_LIST,
    KIND_PAIRS,
    KIND_TEXT,
    KIND_WHOLE_NUMBER,
    WORD_KEYS,
)
from automator.rules.meaning.sending import items_of, said, speaking
from automator.rules.meaning.subject import Remark, Subject, UsedAction
from automator.rules.templates.template import is_template

#: What may stand at a key of a template, in words.
_KINDS: Mapping[type, ReasonKind] = {
    str: KIND_TEXT,
    int: KIND_WHOLE_NUMBER,
    dict: KIND_PAIRS,
    list: KIND_LIST,
}
#: A brace that begins a placeholder or a note, and how these end, by their second character.
_OPENED = re.compile(r"\{(?=([{#]))")
_CLOSINGS: Mapping[str, str] = {"{": "}}", "#": "#}"}


def too_many_replies(subject: Subject) -> Iterator[Remark]:
    """More quick replies than any platform of the trigger takes."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        name = "choices" if used.name == "ask" else "quick_replies"
        written = used.inputs.get(name)
        count = len(written) if isinstance(written, list) else 0
        if known and all(
            one.quick_replies is not None and count > one.quick_replies for one in known
        ):
            limit = {"platform": known[0].platform, "most": known[0].quick_replies}
            reason = QUICK_REPLIES_OVER_LIMIT(count=count, **limit)
            yield Remark(used.at(name), reason)


def unfit_mentions(subject: Subject) -> Iterator[Remark]:
    """A mention of the person where no platform of the trigger has any."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        if used.inputs.get("mention") is True and known and not any(one.mentions for one in known):
            yield Remark(used.at("mention"), MENTIONS_NOT_SHOWN(platform=known[0].platform))


def unfit_buttons(subject: Subject) -> Iterator[Remark]:
    """Buttons that no platform of the trigger takes, or more or longer ones than any of them."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        if not known or not used.inputs.get("buttons"):
            continue
        faults = [_button_fault(used, one) for one in known]
        if faults[0] is not None and None not in faults:
            yield Remark(used.at("buttons"), BUTTONS_OVER_LIMIT(problem=faults[0]))


def _button_fault(used: UsedAction, policy: MessagingPolicy) -> Reason | None:
    """The reason why a platform always refuses the buttons; None = it may take them."""
    if policy.buttons is None:
        return NO_BUTTONS(platform=policy.platform)
    buttons = [
        {name: sure_text(value) for name, value in item.items() if isinstance(value, str)}
        for _, item in items_of(used, "buttons")
    ]
    text = used.inputs.get("text")
    faults = button_faults(
        buttons,
        policy.buttons,
        policy.platform,
        text=sure_text(text) if isinstance(text, str) else "",
        is_card=_is_card(used),
    )
    return next(faults, None)


def _is_card(used: UsedAction) -> bool:
    """Whether one picture and buttons make a card of the text."""
    pictures = [item.get("type", "image") for _, item in items_of(used, "attachments")]
    return pictures == ["image"] and bool(used.inputs.get("buttons"))


def wrong_templates(subject: Subject) -> Iterator[Remark]:
    """An approved template with a key that its platforms do not have, or without one they need."""
    for used in speaking(subject):
        template, known = used.inputs.get("template"), known_policies(subject, used)
        if isinstance(template, Mapping) and known:
            faults = [_template_fault(template, one) for one in known]
            if faults[0] is not None and None not in faults:
                path, reason = faults[0]
                is_value = reason.code == UNEXPECTED_KIND.code
                yield Remark((*used.at("template"), *path), reason, about_key=not is_value)


def _template_fault(
    template: Mapping[str, Any], policy: MessagingPolicy
) -> tuple[Path, Reason] | None:
    """The key of a template that its platform refuses, with the reason; () = one is missing."""
    keys = policy.template_keys
    if keys is None or not policy.is_approved(template):
        return None
    platform, unknown = policy.platform, sorted(set(map(str, template)) - keys.takes)
    if unknown:
        suggestion = suggest(unknown[0], keys.takes, WORD_KEYS)
        key = {"platform": platform, "key": unknown[0], "suggestion": suggestion}
        return (unknown[0],), TEMPLATE_WITHOUT_KEY(**key)
    missing = sorted(name for name in keys.needs if template.get(name) in (None, ""))
    if missing:
        return (), TEMPLATE_LACKS_KEY(platform=platform, key=missing[0])
    for name, kinds in keys.kinds.items():
        value = template.get(name)
        is_filled_in = isinstance(value, str) and is_template(value)
        if value is not None and not is_filled_in and type(value) not in kinds:
            expected = [_KINDS[kind]() for kind in kinds]
            return (name,), UNEXPECTED_KIND(expected=expected, found=kind_of(value))
    return None


def too_long(subject: Subject) -> Iterator[Remark]:
    """A longer text than any platform of the trigger takes."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        in_public = used.name == "reply" and _is_of_comments(subject)
        limits = [(one.longest(in_public=in_public), one.unit) for one in known]
        for place, text in said(used):
            sure = sure_text(text)
            if limits and all(
                most is not None and text_length(sure, unit) > most for most, unit in limits
            ):
                most, unit = limits[0]
                kind = TEXT_OVER_BYTES if unit == "bytes" else TEXT_OVER_LIMIT
                length = text_length(sure, unit)
                yield Remark(place, kind(length=length, platform=known[0].platform, most=most))


def too_many_pieces(subject: Subject) -> Iterator[Remark]:
    """A private reply of several messages, where a comment gets one."""
    for used in speaking(subject):
        known = known_policies(subject, used)
        if not known or not all(one.one_private_reply for one in known):
            continue
        count = len(list(items_of(used, "attachments")))
        says = used.inputs.get("text") is not None or bool(used.inputs.get("one_of"))
        if used.name == "private_reply" and count and count + says > 1 and not _is_card(used):
            reason = PRIVATE_REPLY_OVER_LIMIT(platform=known[0].platform)
            yield Remark(used.at("attachments"), reason)


def known_policies(subject: Subject, used: UsedAction) -> list[MessagingPolicy]:
    """The limits of an action's platforms; none where those of one are not known."""
    names = sorted(subject.platforms_of(used) or ())
    policies = [subject.policies.get(name) for name in names]
    return [] if None in policies else [policy for policy in policies if policy is not None]


def _is_of_comments(subject: Subject) -> bool:
    events = subject.trigger.events
    return not events or any(not one.startswith("message.") for one in events)


def sure_text(text: str) -> str:
    """The part of a text that is sent whatever is filled in."""
    if "{%" in text:
        return ""
    sure: list[str] = []
    begun = 0
    # One that is not closed is no placeholder; of very many of those, none looks for its end.
    last = {closing: text.rfind(closing) for closing in _CLOSINGS.values()}
    for found in _OPENED.finditer(text):
        start, closing = found.start(), _CLOSINGS[found[1]]
        if begun <= start and start + 2 <= last[closing]:
            sure.append(text[begun:start])
            begun = text.find(closing, start + 2) + 2
    return "".join([*sure, text[begun:]])
