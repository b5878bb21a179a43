"""Limits of platforms: impossible steps, messages that are too large or too late, and people who
have not written.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import TimeInterval, intervals_meant
from automator.configuration.values import parse_duration
from automator.files import Path, kind_of, suggest
from automator.model import DAY_MS, N_, MessagingPolicy, Reason, record, text_length
from automator.plugins.buttons import button_faults
from automator.reasons.attempts import sending
from automator.reasons.kind import ReasonKind
from automator.reasons.problems import phrases
from automator.reasons.problems.rules import rule_unknown_connection
from automator.reasons.problems.shape import shape_unexpected_kind
from automator.rules.meaning.event_paths import event_paths
from automator.rules.meaning.sending import items_of, said, seen_texts, speaking
from automator.rules.meaning.subject import (
    Remark,
    Subject,
    UsedAction,
    error,
    later_follow_ups,
    warning,
)
from automator.rules.mending.fixes import Place, QuickFix, changed, mistake
from automator.rules.templates.template import is_template

#: The entities that editors of pages write; the module `html` has 2,231, and keeps them in memory.
_ENTITIES = {
    "&amp;": "&",
    "&nbsp;": " ",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
    "&#39;": "'",
}


def _without_entity(place: Place) -> Iterator[QuickFix]:
    """Mends `&amp;`; nobody knows what is meant by other signs of HTML."""
    better = _ENTITIES.get(place.underlined.lower(), "'")
    if better not in "\"'<>":
        yield changed(place.start, place.end, better)


# --- Steps that a provider cannot do ---

_PAGE = "trigger: {event: message.received, connection: demo-page}\n"
_WHATSAPP = "trigger: {event: message.received, connection: demo-whatsapp}\n"
_LINE = "trigger: {event: message.received, connection: demo-line}\n"
_INSTAGRAM = "trigger: {event: message.received, connection: demo-instagram}\n"
_DISCORD = "trigger: {event: button.clicked, connection: demo-discord}\n"


@mistake(
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("use another action, or let events of another connection trigger the rule."),
    bad="trigger: {connection: demo-stripe}\nactions: [{reply: Hi}]",
    good="trigger: {connection: demo-stripe}\nactions: [{log: Hi}]",
)
def meaning_not_possible(*, providers: Sequence[str], kind: str) -> None: ...
@mistake(
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("name the connection that is to send it, as in via: {other}, and the receiver in to:."),
    bad="trigger: {connection: demo-stripe}\nactions: [{message: Hi}]",
    good="trigger: {connection: demo-stripe}\n"
    "actions: [{message: {via: demo-telegram, to: '4', text: Hi}}]",
)
def meaning_message_not_possible(*, providers: Sequence[str], kind: str, other: str) -> None: ...
@mistake(
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("give the step an 'if' that asks for connection.provider, or make two rules."),
    bad="trigger: {connection: [demo-page, demo-stripe]}\nactions: [{moderate: hide}]",
    good="trigger: {connection: [demo-page, demo-github]}\n"
    "actions: [{moderate: hide, if: event.comment}]",
)
def meaning_not_possible_for_some(*, providers: Sequence[str], kind: str) -> None: ...
@mistake(
    "not-possible",
    N_("nobody can be written to through {connection}: {provider} has no '{kind}'"),
    N_("name another connection. Those that can: {known:list}."),
    bad="actions: [{message: {via: demo-stripe, to: '42', text: Hi}}]",
    good="actions: [{message: {via: demo-telegram, to: '42', text: Hi}}]",
)
def meaning_cannot_write_through(
    *, connection: str, provider: str, kind: str, known: Sequence[str]
) -> None: ...
@mistake(
    "not-possible",
    N_("{connection} has several accounts, and none of them is named"),
    N_("name one of them: {known:list}."),
    bad="actions: [{message: {via: pages, to: '1234567', text: Hi}}]",
    good="actions: [{message: {via: demo-page, to: '1234567', text: Hi}}]",
)
def meaning_one_of_accounts(*, connection: str, known: Sequence[str]) -> None: ...
@mistake(
    "not-possible",
    N_("'{action}' needs a comment, and no sample of {events:all} has one"),
    N_("use message or reply, or let comment.created trigger the rule."),
    bad=_PAGE + "actions: [{private_reply: Hi}]",
    good=_PAGE + "actions: [{message: Hi}]",
)
def meaning_no_comment_here(*, action: str, events: Sequence[str]) -> None: ...


_MESSAGE = "message"
_OF_COMMENTS = ("private_reply", "moderate")


@error
def impossible(subject: Subject) -> Iterator[Remark]:
    """Finds steps that no provider of the trigger supports."""
    for used, kind, unable, _ in _unable(subject):
        if len(unable) == len(_named(subject)[0]):
            reason = meaning_not_possible(providers=unable, kind=kind)
            if used.name == _MESSAGE and (able := _able(subject, kind)):
                reason = meaning_message_not_possible(providers=unable, kind=kind, other=able[0])
            yield Remark(used.path, reason, about_key=True)


@warning
def impossible_for_some(subject: Subject) -> Iterator[Remark]:
    """Finds steps that some providers of the trigger do not support, unless the step has an
    `if`.
    """
    for used, kind, unable, are_named in _unable(subject):
        is_for_some = len(unable) < len(_named(subject)[0])
        if is_for_some and are_named and "if" not in used.item:
            reason = meaning_not_possible_for_some(providers=unable, kind=kind)
            yield Remark(used.path, reason, about_key=True)


@error
def other_connections(subject: Subject) -> Iterator[Remark]:
    """Finds steps with a `via` connection that cannot send their message."""
    connections = subject.context.connections
    for used in subject.uses if connections is not None else ():
        via = used.action.connection(used.inputs)
        if not via or connections is None:
            continue
        able = _able(subject, used.action.sends(used.inputs))
        if via not in connections:
            suggestion = suggest(via, able, phrases.word_connections)
            yield Remark(used.at("via"), rule_unknown_connection(name=via, suggestion=suggestion))
        elif via in subject.context.accounts:
            named = sorted(subject.context.accounts[via])
            yield Remark(used.at("via"), meaning_one_of_accounts(connection=via, known=named))
        elif via not in able:
            provider, kind = connections[via], used.name
            reason = meaning_cannot_write_through(
                connection=via, provider=provider, kind=kind, known=able
            )
            yield Remark(used.at("via"), reason)


def _able(subject: Subject, kind: str) -> list[str]:
    """The connections that can send this kind of message."""
    connections, abilities = subject.context.connections or {}, subject.context.abilities
    return [
        name
        for name, provider in sorted(connections.items())
        if (abilities is None or kind in abilities[provider])
        and name not in subject.context.accounts
    ]


@warning
def without_comment(subject: Subject) -> Iterator[Remark]:
    """Finds `private_reply` and `moderate` if no event of the trigger has a comment."""
    wrong_path = event_paths(subject.trigger, subject.context.known_paths)
    has_none = wrong_path("event.comment.id") is not None
    for used in subject.uses if has_none else ():
        # A ban needs a person, but no comment.
        if used.name in _OF_COMMENTS and used.inputs.get("do") not in ("ban", "unban"):
            reason = meaning_no_comment_here(action=used.name, events=subject.trigger.events)
            yield Remark(used.path, reason, about_key=True)


def _unable(subject: Subject) -> Iterator[tuple[UsedAction, str, list[str], bool]]:
    """The steps that some providers cannot do, with their kinds of message and these providers."""
    abilities = subject.context.abilities
    if abilities is None or subject.trigger.has_nobody:
        return
    providers, are_named = _named(subject)
    for used in subject.uses:
        if used.action.connection(used.inputs):
            continue
        kind = used.action.sends(used.inputs)
        unable = [one for one in providers if kind and kind not in abilities[one]]
        if unable:
            yield used, kind, unable, are_named


def _named(subject: Subject) -> tuple[list[str], bool]:
    """The providers whose events may trigger the rule, and whether the trigger names them."""
    trigger, abilities = subject.trigger, subject.context.abilities or {}
    connections, providers = subject.context.connections or {}, set(trigger.providers)
    if trigger.connections:
        named = {connections[name] for name in trigger.connections if name in connections}
        providers = named & providers if providers else named
    if trigger.connections or trigger.providers:
        return sorted(providers & abilities.keys()), True
    # The name of an event that only one provider sends begins with the provider's name.
    prefixes = {event.partition(".")[0] for event in trigger.events}
    if prefixes and prefixes <= abilities.keys():
        return sorted(prefixes), True
    return sorted(set(connections.values()) & abilities.keys()), False


# --- Limits of messages ---


@mistake(
    "unknown-key",
    N_("a template of {platform} has no '{key}'"),
    N_("{suggestion}"),
    bad=_WHATSAPP + "actions: [{message: {template: {name: thanks, language: vi, text: Hi}}}]",
    good=_WHATSAPP + "actions: [{message: {template: {name: thanks, language: vi}}}]",
)
def sending_template_without_key(*, platform: str, key: str, suggestion: Reason) -> None: ...
@mistake(
    "missing-key",
    N_("a template of {platform} needs '{key}'"),
    N_("write {key}: with its value."),
    bad=_WHATSAPP + "actions: [{message: {template: {name: thanks}}}]",
    good=_WHATSAPP + "actions: [{message: {template: {name: thanks, language: vi}}}]",
)
def sending_template_lacks_key(*, platform: str, key: str) -> None: ...
@mistake(
    "not-possible",
    N_("an answer on {platform} cannot name the person here"),
    N_("take it out, and write their name in the text: {{{{ event.actor.name }}}}."),
    bad=_LINE + "actions: [{reply: {text: Hi, mention: true}}]",
    good=_LINE + "actions: [{reply: 'Hi {{ event.actor.name }}'}]",
)
def mentions_not_shown(*, platform: str) -> None: ...
@mistake(
    "too-much",
    N_("these are {count} quick replies, and {platform} takes at most {most}"),
    N_("leave some out."),
    bad=_WHATSAPP + "actions: [{message: {text: Size?, quick_replies: [S, M, L, XL]}}]",
    good=_WHATSAPP + "actions: [{message: {text: Size?, quick_replies: [S, M, L]}}]",
)
def sending_quick_replies_over_limit(*, count: int, platform: str, most: int | None) -> None: ...
@mistake(
    "too-much",
    N_("{platform} takes one message for each comment: a text or one attachment"),
    N_("keep one of them, or add buttons, which make a card of a text and one picture."),
    bad="actions: [{private_reply: {text: Hi, attachments: [{url: 'https://a.example/a.png'}]}}]",
    good="actions: [{private_reply: {attachments: [{url: 'https://a.example/a.png'}]}}]",
)
def sending_private_reply_over_limit(*, platform: str) -> None: ...
@mistake(
    "too-much",
    N_("these buttons cannot be sent: {problem}"),
    N_("shorten them or leave some out, or narrow the trigger to connections that take them."),
    bad=_PAGE + "actions: [{message: {text: Hi, buttons: [{text: Order the blue shirts"
    ", payload: a}]}}]",
    good=_PAGE + "actions: [{message: {text: Hi, buttons: [{text: Order, payload: a}]}}]",
)
def sending_buttons_over_limit(*, problem: Reason) -> None: ...
@mistake(
    "too-much",
    N_(
        "the text has at least {length:number} bytes, as a letter with accents has two or three,"
        " and {platform} takes {most:number}"
    ),
    N_("shorten it, or send the rest with a second step."),
    bad=_INSTAGRAM + "actions: [{message: '" + "ế" * 334 + "'}]",
    good=_INSTAGRAM + "actions: [{message: 'ế'}]",
)
def sending_text_over_bytes(*, length: int, platform: str, most: int | None) -> None: ...
@mistake(
    "too-much",
    N_("the text has at least {length:number} characters, and {platform} takes {most:number}"),
    N_("shorten it, or send the rest with a second step."),
    bad=_PAGE + "actions: [{message: '" + "a" * 2001 + "'}]",
    good=_PAGE + "actions: [{message: a}]",
)
def sending_text_over_limit(*, length: int, platform: str, most: int | None) -> None: ...


@mistake(
    "shown-as-written",
    N_("people read '{written}' as it is: {platform} shows a plain text"),
    N_("write the text as people are to read it, with new lines as they are below text: |."),
    bad="actions:\n  - reply: Shirts &amp; shoes",
    fix=_without_entity,
    good="actions:\n  - reply: Shirts & shoes",
)
def sending_markup_shown(*, written: str, platform: str) -> None: ...


#: HTML: `&amp;`, `<br>`, `<b>`.
_HTML = re.compile(
    r"&(?:#\w+|[a-zA-Z]\w+);|</?(?:br|[bpiua]|strong|em|div|span|[uo]l|li|h[1-6])\b[^<>]*>"
)
_MARKDOWN = re.compile(r"\*\*[^*\s][^*\n]*\*\*|\[[^\[\]\n]+\]\(https?://[^)\s]+\)")
#: The phrase for each type of value in a template.
_KINDS: Mapping[type, ReasonKind[...]] = {
    str: phrases.word_kind_text,
    int: phrases.word_kind_whole_number,
    dict: phrases.word_kind_pairs,
    list: phrases.word_kind_list,
}
#: The beginning of a placeholder or a comment; its second character decides how it ends.
_OPENED = re.compile(r"\{(?=([{#]))")
_CLOSINGS: Mapping[str, str] = {"{": "}}", "#": "#}"}


@warning
def too_many_replies(subject: Subject) -> Iterator[Remark]:
    """Finds more quick replies than any platform of the trigger takes."""
    for used, known in _speaking(subject):
        path, written = _quick_replies(used)
        count = len(written)
        if all(one.quick_replies is not None and count > one.quick_replies for one in known):
            platform, most = known[0].platform, known[0].quick_replies
            reason = sending_quick_replies_over_limit(count=count, platform=platform, most=most)
            yield Remark(path, reason)


@warning
def unfit_mentions(subject: Subject) -> Iterator[Remark]:
    """Finds `mention` if no platform of the trigger has mentions."""
    for used, known in _speaking(subject):
        if used.inputs.get("mention") is True and not any(one.mentions for one in known):
            yield Remark(used.at("mention"), mentions_not_shown(platform=known[0].platform))


@warning
def unfit_buttons(subject: Subject) -> Iterator[Remark]:
    """Finds buttons that all platforms of the trigger refuse: unsupported, too many, or too
    long.
    """
    for used, known in _speaking(subject):
        faults = [_button_fault(used, one) for one in known if used.inputs.get("buttons")]
        if faults and faults[0] is not None and None not in faults:
            yield Remark(used.at("buttons"), sending_buttons_over_limit(problem=faults[0]))


def _button_fault(used: UsedAction, policy: MessagingPolicy) -> Reason | None:
    """The reason why a platform certainly refuses the buttons; None = it may take them."""
    if policy.buttons is None:
        return sending.no_buttons(platform=policy.platform)
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
    """Whether the message becomes a card: a text with buttons and one picture."""
    pictures = [item.get("type", "image") for _, item in items_of(used, "attachments")]
    return pictures == ["image"] and bool(used.inputs.get("buttons"))


@warning
def shown_markup(subject: Subject) -> Iterator[Remark]:
    """Finds `Mua 1 &amp; tặng 1`, `Chào<br>bạn` and `**Giá**` where nothing turns them into
    signs and formats.
    """
    for used, known in _speaking(subject):
        kinds = (_HTML,) if any(one.markdown for one in known) else (_HTML, _MARKDOWN)
        for place, text in seen_texts(used):
            found = next((one for kind in kinds if (one := kind.search(text))), None)
            if found is not None and (found[0][0] != "&" or found[0].lower() in _ENTITIES):
                reason = sending_markup_shown(written=found[0], platform=known[0].platform)
                yield Remark(place, reason, (found.start(), len(found[0])))


@error
def wrong_templates(subject: Subject) -> Iterator[Remark]:
    """Finds an approved template with an unknown key, or without a required key."""
    for used, known in _speaking(subject):
        template = used.inputs.get("template")
        if isinstance(template, Mapping):
            faults = [_template_fault(template, one) for one in known]
            if faults[0] is not None and None not in faults:
                path, reason = faults[0]
                is_value = reason.code == shape_unexpected_kind.code
                yield Remark((*used.at("template"), *path), reason, about_key=not is_value)


def _template_fault(
    template: Mapping[str, Any], policy: MessagingPolicy
) -> tuple[Path, Reason] | None:
    """The path of a wrong key in a template, and the reason; () if a key is missing."""
    keys = policy.template_keys
    if keys is None or not policy.is_approved(template):
        return None
    platform, unknown = policy.platform, sorted(set(map(str, template)) - keys.takes)
    if unknown:
        suggestion = suggest(unknown[0], keys.takes, phrases.word_keys)
        reason = sending_template_without_key(
            platform=platform, key=unknown[0], suggestion=suggestion
        )
        return (unknown[0],), reason
    missing = sorted(name for name in keys.needs if template.get(name) in (None, ""))
    if missing:
        return (), sending_template_lacks_key(platform=platform, key=missing[0])
    for name, kinds in keys.kinds.items():
        value = template.get(name)
        is_filled_in = isinstance(value, str) and is_template(value)
        if value is not None and not is_filled_in and type(value) not in kinds:
            expected = [_KINDS[kind]() for kind in kinds]
            return (name,), shape_unexpected_kind(expected=expected, found=kind_of(value))
    return None


@warning
def too_long(subject: Subject) -> Iterator[Remark]:
    """Finds texts that are too long for every platform of the trigger."""
    events = subject.trigger.events
    has_comments = not events or any(not one.startswith("message.") for one in events)
    for used, known in _speaking(subject):
        in_public = used.name == "reply" and has_comments
        limits = [(one.longest(in_public=in_public), one.unit) for one in known]
        for place, text in said(used):
            sure = sure_text(text)
            if all(most is not None and text_length(sure, unit) > most for most, unit in limits):
                most, unit = limits[0]
                kind = sending_text_over_bytes if unit == "bytes" else sending_text_over_limit
                length = text_length(sure, unit)
                yield Remark(place, kind(length=length, platform=known[0].platform, most=most))


@warning
def too_many_pieces(subject: Subject) -> Iterator[Remark]:
    """Finds a private reply that takes several messages: a comment may have only one."""
    for used, known in _speaking(subject):
        if used.name != "private_reply" or not all(one.one_private_reply for one in known):
            continue
        count = len(list(items_of(used, "attachments")))
        says = used.inputs.get("text") is not None or bool(used.inputs.get("one_of"))
        if count and count + says > 1 and not _is_card(used):
            reason = sending_private_reply_over_limit(platform=known[0].platform)
            yield Remark(used.at("attachments"), reason)


def _speaking(subject: Subject) -> Iterator[tuple[UsedAction, list[MessagingPolicy]]]:
    """Yields each action that sends a message, with the policies of its platforms; not if one of
    these policies is unknown.
    """
    for used in speaking(subject):
        names = sorted(subject.platforms_of(used) or ())
        policies = subject.context.policies
        known = [policy for name in names if (policy := policies.get(name)) is not None]
        if known and len(known) == len(names):
            yield used, known


def _quick_replies(used: UsedAction) -> tuple[Path, list[Any]]:
    """The quick replies of an action, or the choices of a question, with their place."""
    name = "choices" if used.name == "ask" else "quick_replies"
    written = used.inputs.get(name)
    return used.at(name), written if isinstance(written, list) else []


def sure_text(text: str) -> str:
    """The part of a text that is sent in any case, without placeholders."""
    if "{%" in text:
        return ""
    sure: list[str] = []
    begun = 0
    # An unclosed brace begins no placeholder. No brace searches beyond the last closing sign.
    last = {closing: text.rfind(closing) for closing in _CLOSINGS.values()}
    for found in _OPENED.finditer(text):
        start, closing = found.start(), _CLOSINGS[found[1]]
        if begun <= start and start + 2 <= last[closing]:
            sure.append(text[begun:start])
            begun = text.find(closing, start + 2) + 2
    return "".join([*sure, text[begun:]])


# --- Parts of messages ---


@mistake(
    "too-much",
    N_("{platform} shows {most} letters of a quick reply: people see '{shown}'"),
    N_("shorten it."),
    bad=_PAGE + "actions: [{message: {text: Size?, quick_replies: [The size for children]}}]",
    good=_PAGE + "actions: [{message: {text: Size?, quick_replies: [For children]}}]",
)
def sending_quick_reply_cut(*, platform: str, most: int, shown: str) -> None: ...
@mistake(
    "too-much",
    N_("this reply to a comment cannot be sent: {problem}"),
    N_("leave them out, or write to the person with `private_reply`."),
    bad="actions: [{reply: {text: Size?, quick_replies: [S, M]}}]",
    good="actions: [{reply: Size?}]",
)
def sending_public_reply_over_limit(*, problem: Reason) -> None: ...


#: The parts that a reply may have besides its text.
_PARTS = ("attachments", "quick_replies", "buttons")


@warning
def unfit_public_replies(subject: Subject) -> Iterator[Remark]:
    """Finds parts of a reply to a comment that no platform of the trigger takes there."""
    for used, known in _speaking(subject) if subject.is_about_comments else ():
        for name in _PARTS if used.name == "reply" else ():
            if all(_is_over(used, name, one) for one in known):
                yield Remark(used.at(name), _over_limit(known[0]))


def _is_over(used: UsedAction, name: str, policy: MessagingPolicy) -> bool:
    written = used.inputs.get(name)
    count = len(written) if isinstance(written, list) else 0
    return policy.comment_parts is not None and count > policy.comment_parts.get(name, 0)


def _over_limit(policy: MessagingPolicy) -> Reason:
    if policy.comment_parts:
        return sending_public_reply_over_limit(problem=sending.public_reply_too_large())
    return sending_public_reply_over_limit(
        problem=sending.public_reply_text_alone(platform=policy.platform)
    )


@warning
def cut_quick_replies(subject: Subject) -> Iterator[Remark]:
    """Finds quick replies that every platform of the trigger cuts short."""
    for used, known in _speaking(subject):
        path, written = _quick_replies(used)
        limits = [one.quick_reply_title for one in known]
        most = 0 if None in limits else max(limit for limit in limits if limit is not None)
        platform = next((one.platform for one in known if one.quick_reply_title == most), "")
        for number, title in enumerate(written):
            sure = sure_text(title) if isinstance(title, str) else ""
            if platform and len(sure) > most:
                reason = sending_quick_reply_cut(platform=platform, most=most, shown=sure[:most])
                yield Remark((*path, number), reason)


# --- Late messages ---


@mistake(
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no reply"
        " more than {most:span} after it"
    ),
    N_("send it earlier, or write with `message`."),
    bad=_DISCORD + "actions: [{follow_up: {after: 20m, actions: [{reply: Hi}]}}]",
    good=_DISCORD + "actions: [{follow_up: {after: 10m, actions: [{reply: Hi}]}}]",
)
def meaning_reply_too_late(*, wait: int, platform: str, most: int) -> None: ...
@mistake(
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " more than {most:span} after that"
    ),
    N_("send it earlier."),
    bad=_INSTAGRAM + "actions: [{follow_up: {after: 2d, actions: [{message: Hi}]}}]",
    good=_INSTAGRAM + "actions: [{follow_up: {after: 23h, actions: [{message: Hi}]}}]",
)
def meaning_message_too_late(*, wait: int, platform: str, most: int) -> None: ...
@mistake(
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " but an approved template more than {most:span} after that"
    ),
    N_("send it earlier, or send a template."),
    bad=_PAGE + "actions: [{follow_up: {after: 2d, actions: [{message: Hi}]}}]",
    good=_PAGE + "actions: [{follow_up: {after: 23h, actions: [{message: Hi}]}}]",
)
def meaning_text_too_late(*, wait: int, platform: str, most: int) -> None: ...
@mistake(
    "outside-window",
    N_(
        "this may be sent {wait:duration} after the event, because it waits for somebody's"
        " approval, and {platform} allows nothing more than {most:span} after that"
    ),
    N_("give less time to approve, as with approve: {{within: 2h}}."),
    bad=_PAGE + "actions: [{message: Hi, approve: {within: 3d}}]",
    good=_PAGE + "actions: [{message: Hi, approve: {within: 2h}}]",
)
def meaning_may_be_approved_too_late(*, wait: int, platform: str, most: int) -> None: ...
@mistake(
    "outside-window",
    N_(
        "this may be sent {wait:duration} after the event, because it waits until 'active' begins,"
        " and {platform} allows nothing more than {most:span} after that"
    ),
    N_("wait for less, act at more times, or skip late follow-ups, as with within: 2h."),
    bad=_PAGE + "actions: [{follow_up: {after: 1h, active: {days: [mon]}, "
    "actions: [{message: Hi}]}}]",
    good=_PAGE + "actions: [{follow_up: {after: 1h, active: {days: [mon]}, within: 2h, "
    "actions: [{message: Hi}]}}]",
)
def meaning_may_be_too_late(*, wait: int, platform: str, most: int) -> None: ...
@mistake(
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no private"
        " reply more than {most:span} after the comment"
    ),
    N_("send it earlier."),
    bad="actions: [{follow_up: {after: 8d, actions: [{private_reply: Hi}]}}]",
    good="actions: [{follow_up: {after: 6d, actions: [{private_reply: Hi}]}}]",
)
def meaning_private_reply_too_late(*, wait: int, platform: str, most: int) -> None: ...
@mistake(
    "second-private-reply",
    N_("{platform} allows one private reply for each comment, and this is the second"),
    N_("send the rest with `message` when the person has answered."),
    bad="actions: [{private_reply: Hi}, {private_reply: '250.000đ'}]",
    good="actions: [{private_reply: 'Hi, 250.000đ'}]",
)
def meaning_second_private_reply(*, platform: str) -> None: ...


@warning
def too_late(subject: Subject) -> Iterator[Remark]:
    """Finds late messages among the actions of a rule, as its file writes them."""
    trigger, connections = subject.trigger, subject.context.connections or {}
    if trigger.schedule is not None or trigger.absence is not None:
        return
    providers = {connections[name] for name in trigger.connections if name in connections}
    providers |= set(trigger.providers)
    if not trigger.connections and not trigger.providers:
        providers = set(connections.values())
    policies = subject.context.policies
    found = [policy for name in sorted(providers) if (policy := policies.get(name))]
    # A connection may be a glob; unknown providers are not judged.
    if found:
        walker = _Walker(found, subject.context.time_intervals or {})
        walker.walk((*subject.path, "actions"), subject.data.get("actions"), Wait(0, 0))
        yield from walker.remarks


@record(kw_only=False)
class Wait:
    """The time from the event to a step, in milliseconds: `least` without closed times, `most` with
    the longest closed time.
    """

    least: int
    most: int
    #: Whether a person has to approve the step, which can take all the time it has.
    is_approved: bool = False

    def and_then(self, wait_ms: int, closed_ms: int) -> "Wait":
        """The wait of the steps in a follow-up that begins when this wait ends.

        A run that has waited for an opening rarely waits for another: only the longest counts.
        """
        least = self.least + wait_ms
        most = least + max(self.most - self.least, closed_ms)
        return Wait(least, most, self.is_approved)

    def and_approved(self, within_ms: int) -> "Wait":
        """The wait of a step that a person approves, and of the steps after it."""
        return Wait(self.least, self.most + within_ms, is_approved=True) if within_ms else self


class _Walker:
    def __init__(
        self, policies: Sequence[MessagingPolicy], intervals: Mapping[str, TimeInterval]
    ) -> None:
        self.remarks: list[Remark] = []
        self._policies = policies
        self._intervals = intervals
        self._private_replies = 0

    def walk(self, path: Path, actions: Any, wait: Wait) -> None:
        """Checks the steps that are carried out this long after the event."""
        for index, step in enumerate(actions if isinstance(actions, list) else ()):
            if not isinstance(step, Mapping):
                continue
            here: Path = (*path, index)
            # The steps after it wait too, until it is approved.
            wait = wait.and_approved(_approved_within(step.get("approve")))
            if "reply" in step:
                self._check_reply((*here, "reply"), wait)
            if "ask" in step:
                self._check_message((*here, "ask"), None, wait)
            if "message" in step:
                self._check_message((*here, "message"), step["message"], wait)
            if "private_reply" in step:
                self._check_private_reply((*here, "private_reply"), step, wait)
            later = step.get("follow_up")
            if isinstance(later, Mapping):
                self._walk_follow_up((*here, "follow_up"), later, wait)

    def _walk_follow_up(self, path: Path, written: Mapping[str, Any], wait: Wait) -> None:
        """Checks the steps of a follow-up, and of the follow-ups after it."""
        closed_ms = _closed_for(written, self._intervals)
        wait = wait.and_then(_wait_of(written), closed_ms)
        self.walk((*path, "actions"), written.get("actions"), wait)
        for index, later in later_follow_ups(written):
            shared = {**later, "active": written.get("active")}
            wait = wait.and_then(_wait_of(later), _closed_for(shared, self._intervals))
            self.walk((*path, "next", index, "actions"), later.get("actions"), wait)

    def _check_reply(self, path: Path, wait: Wait) -> None:
        late_ms = self._late(wait, lambda one, ms: one.limits_reply(ms))
        if late_ms is not None:
            one = self._policies[0]
            self._warn_late(path, meaning_reply_too_late, wait, late_ms, one.platform, one.reply_ms)

    def _check_message(self, path: Path, inputs: Any, wait: Wait) -> None:
        written = inputs if isinstance(inputs, Mapping) else {}
        if written.get("to") is not None:
            return
        given = written.get("template")
        template = given if isinstance(given, Mapping) else None
        late_ms = self._late(wait, lambda one, ms: one.limits_message(ms, template=template))
        if late_ms is not None:
            first = self._policies[0]
            one = next((one for one in self._policies if one.templates_anytime), first)
            kind = meaning_text_too_late if one.templates_anytime else meaning_message_too_late
            self._warn_late(path, kind, wait, late_ms, one.platform, one.message_ms)

    def _check_private_reply(self, path: Path, step: Mapping[str, Any], wait: Wait) -> None:
        late_ms = self._late(wait, lambda one, ms: one.limits_private_reply(ms))
        if late_ms is not None:
            one, kind = self._policies[0], meaning_private_reply_too_late
            self._warn_late(path, kind, wait, late_ms, one.platform, one.private_reply_ms)
        # Private replies with an `if` may be alternatives.
        if "if" in step or not all(one.one_private_reply for one in self._policies):
            return
        self._private_replies += 1
        if self._private_replies == 2:
            platform = self._policies[0].platform
            self._warn(path, meaning_second_private_reply(platform=platform))

    def _late(self, wait: Wait, limits: Callable[[MessagingPolicy, int], bool]) -> int | None:
        """The wait in milliseconds, if it is too long for every platform; else None."""
        for ms in (wait.least, wait.most):
            if all(limits(one, ms) for one in self._policies):
                return ms
        return None

    def _warn_late(
        self,
        path: Path,
        kind: ReasonKind[...],
        wait: Wait,
        late_ms: int,
        platform: str,
        most: int | None,
    ) -> None:
        if late_ms != wait.least:
            kind = meaning_may_be_approved_too_late if wait.is_approved else meaning_may_be_too_late
        self._warn(path, kind(wait=late_ms, platform=platform, most=most))

    def _warn(self, path: Path, reason: Reason) -> None:
        self.remarks.append(Remark(path, reason, about_key=True))


def _wait_of(follow_up: Mapping[str, Any]) -> int:
    """Milliseconds that a follow-up waits at least; 0 if it waits for a time of day."""
    after = follow_up.get("after")
    if isinstance(after, Mapping):
        span = after.get("between")
        after = span[0] if isinstance(span, list) and span else None
    return _milliseconds(after)


def _closed_for(follow_up: Mapping[str, Any], intervals: Mapping[str, TimeInterval]) -> int:
    """Milliseconds that a follow-up may have to wait, after its wait, until its times begin."""
    try:
        meant = intervals_meant(follow_up.get("active"), intervals)
    except ValueError:
        return 0
    closed = Calendar(meant).longest_closed_ms if meant else 0
    within = follow_up.get("within")
    return closed if within is None else min(closed, _milliseconds(within))


def _approved_within(approve: Any) -> int:
    """Milliseconds that a step waits at most for a person to approve it."""
    if isinstance(approve, Mapping) and "within" in approve:
        return _milliseconds(approve["within"])
    return DAY_MS if approve is True or isinstance(approve, Mapping) else 0


def _milliseconds(duration: Any) -> int:
    """The milliseconds of a duration; 0 if it is no duration, or is filled in later."""
    try:
        return round(parse_duration(duration) * 1000) if isinstance(duration, str) else 0
    except ValueError:
        return 0


# --- Conversations that nobody has opened ---


@mistake(
    "before-answer",
    N_(
        "{platform} refuses this to people who have only commented: they get one private reply, and"
        " further messages only within {most:span} after their own last one"
    ),
    N_(
        "say it in `reply` or `private_reply`, or in a rule for message.received; if it is meant"
        " for people who have written, say so: if: contact.last_inbound_at != null."
    ),
    bad="actions: [{message: Hi}]",
    good="actions: [{private_reply: Hi}]",
)
def meaning_message_before_answer(*, platform: str, most: int | None) -> None: ...


_SPEAKS = ("message", "ask")


@warning
def not_opened_yet(subject: Subject) -> Iterator[Remark]:
    """Finds a message to a person who has only commented, in a rule for comments. A rule that reads
    the contact is left out: it may check whether the person has written.
    """
    trigger = subject.trigger
    if trigger.absence is not None or trigger.schedule is not None:
        return
    if not subject.is_about_comments:
        return
    if any(one.reads("contact") for one in subject.expressions if one.role != "key"):
        return
    policies = [subject.context.policies.get(name) for name in sorted(subject.providers or ())]
    known = [one for one in policies if one is not None and one.one_private_reply]
    if not known or len(known) < len(policies):
        return
    first = next((used for used in subject.uses if _needs_answer(used, known[0])), None)
    if first is not None:
        reason = meaning_message_before_answer(platform=known[0].platform, most=known[0].message_ms)
        yield Remark(first.path, reason, about_key=True)


def _needs_answer(used: UsedAction, policy: MessagingPolicy) -> bool:
    """Whether an action sends the event's person a message that is no approved template."""
    if used.name not in _SPEAKS or used.inputs.get("to") is not None:
        return False
    template = used.inputs.get("template")
    return not policy.is_approved(template if isinstance(template, Mapping) else None)
