"""Triggers: events that nobody sends or no rule should answer, and events without a person."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from automator.conditions import Equals, compile_expression
from automator.conditions.forms.paths import path_names
from automator.files import Path, did_you_mean, plain_name
from automator.model import N_, Reason
from automator.model.own_events import ABOUT_SERVER, OWN_EVENTS
from automator.reasons.kind import ReasonKind
from automator.rules.compiled.globs import is_glob, matches, matches_any
from automator.rules.meaning.subject import (
    Remark,
    Subject,
    UsedAction,
    WrittenExpression,
    error,
    warning,
)
from automator.rules.mending.fixes import mistake, whole_value
from automator.rules.templates.inputs import compile_text, texts_in
from automator.rules.templates.template import is_template

# --- Names of events ---

_DAILY = "trigger: {schedule: {every: 1d}}\n"
_CONTACTS = "trigger: {schedule: {every: 1d}, contacts: {connection: demo-oa, tag: vip}}\n"


@mistake(
    "unknown-event",
    N_("no provider sends '{event}': several events are a list"),
    N_("write {better}."),
    bad="trigger: {event: 'comment.created, comment.edited'}",
    fix=whole_value,
)
def trigger_events_in_one_text(*, event: str, better: str) -> None: ...
@mistake(
    "unknown-event",
    N_("no provider sends '{event}'"),
    N_("did you mean '{nearest}'?"),
    bad="trigger: {event: comment.create}",
)
def trigger_misspelt_event(*, event: str, nearest: str) -> None: ...
@mistake(
    "unknown-event",
    N_("no provider sends '{event}'"),
    N_("write one of these: {known:list}."),
    bad="trigger: {event: lead.form, connection: demo-page}",
    good="trigger: {event: lead.created, connection: demo-page}",
)
def trigger_event_of_subject(*, event: str, known: Sequence[str]) -> None: ...
@mistake(
    "unknown-event",
    N_("no event is called '{event}' alone: its name also says what has happened"),
    N_("write {nearest} for all of them, or one of these in place of *: {known:list}."),
    bad="trigger: {event: github.pull_request, connection: demo-github}",
)
def trigger_event_in_part(*, event: str, nearest: str, known: Sequence[str]) -> None: ...
@mistake(
    "unknown-event",
    N_("only {sender} sends '{event}', and this rule listens to {providers:all} alone"),
    N_("name an event of these connections, or let the rule listen to a connection of {sender}."),
    bad="trigger: {event: github.push, connection: demo-stripe}",
    good="trigger: {event: github.push, connection: demo-github}",
)
def trigger_event_of_others(*, event: str, sender: str, providers: Sequence[str]) -> None: ...
@mistake(
    "unknown-event",
    N_("no event of {providers:all} is called '{event}'"),
    N_("look at the name of an event in the log, or at the events in the reference."),
    bad="trigger: {event: parcel.lost, connection: demo-page}",
    good="trigger: {event: parcel.lost, connection: demo-orders}",
)
def trigger_no_such_event(*, providers: Sequence[str], event: str) -> None: ...
@mistake(
    "emitted-name",
    N_("only a sender or this server makes the event '{event}', so a rule cannot raise it"),
    N_("give the event a name of your own, as in {example}."),
    bad="actions: [{emit: {event: post.created}}]",
    good="actions: [{emit: {event: own.created}}]",
)
def trigger_emits_name_of_provider(*, event: str, example: str) -> None: ...
@mistake(
    "unknown-event",
    N_("placeholders are not filled in here: a rule raises an event by a fixed name"),
    N_("write the name as it is, as in complaint.received, and put the rest into data."),
    bad="actions: [{emit: {event: 'own.{{ event.type }}'}}]",
    good="actions: [{emit: {event: own.comment, data: {type: '{{ event.type }}'}}}]",
)
def trigger_emits_template() -> None: ...
@mistake(
    "answers-itself",
    N_("the rule raises '{event}', which triggers the rule itself"),
    N_("name the events that trigger it, without this one."),
    bad="trigger: {event: own.*}\nactions: [{emit: {event: own.order}}]",
    good="trigger: {event: own.a}\nactions: [{emit: {event: own.order}}]",
)
def trigger_emits_its_own_trigger(*, event: str) -> None: ...
@mistake(
    "unknown-event",
    N_("no rule listens to '{event}'"),
    N_("did you mean '{nearest}'?"),
    bad="rules:\n"
    "  - {id: a, trigger: {event: message.received}, actions: [{emit: {event: own.order}}]}\n"
    "  - {id: b, trigger: {event: own.orders}, actions: [{log: Hi}]}",
)
def trigger_emits_to_nobody(*, event: str, nearest: str) -> None: ...
@mistake(
    "unknown-event",
    N_("placeholders are not filled in here: a trigger has fixed names of events"),
    N_("write the name of an event, or a list of names, as in [comment.created, comment.edited]."),
    bad="trigger: {event: '{{ vars.event }}'}",
    good="trigger: {event: [comment.created, comment.edited]}",
)
def trigger_template_as_event() -> None: ...


SHARED_EVENTS = frozenset(
    f"{subject}.{what}"
    for subject, whats in {
        "comment": "created edited deleted hidden unhidden",
        "message": "received sent edited deleted read delivered failed",
        "reaction": "added removed",
        "post": "created edited deleted",
        "button": "clicked",
        "contact": "followed unfollowed submitted_info",
        "mention": "created",
        "review": "created",
        "lead": "created",
    }.items()
    for what in whats.split()
)
#: The shared name for a subject alone: `message` means `message.received`.
_WHOLE = {"message": "message.received", "comment": "comment.created", "lead": "lead.created"}
#: The shared name for each name of platforms and other programs.
_CALLED = {
    word: name
    for name, called in {
        "comment.created": "new_comment comments comment_added feed binh_luan binh_luan_moi",
        "message.received": "messages new_message incoming_message message_in user_send_text inbox"
        " tin_nhan tin_nhan_moi message_text direct_message dm",
        "button.clicked": "postback postbacks messaging_postbacks button_click",
        "contact.followed": "follow followed user_follow_oa new_follower",
        "contact.unfollowed": "unfollow unfollowed user_unfollow_oa",
        "lead.created": "leadgen new_lead lead_gen",
        "review.created": "rating ratings recommendation",
        "mention.created": "mentions story_mention story_mentions tag",
        "reaction.added": "reaction reactions like",
    }.items()
    for word in called.split()
}
_SUBJECTS = frozenset(name.split(".")[0] for name in SHARED_EVENTS)


@error
def templates_as_events(subject: Subject) -> Iterator[Remark]:
    """Finds `event: "{{ vars.event }}"`: a trigger has no templates."""
    for path, name in _names(subject):
        if is_template(name):
            yield Remark(path, trigger_template_as_event())


@warning
def unknown_events(subject: Subject) -> Iterator[Remark]:
    """Finds names that nobody sends, in triggers, in `cancel_on` and in conditions on the type."""
    for path, name in _names(subject):
        if is_template(name):
            continue
        # A person belongs to one connection, so the event for `cancel_on` comes through it too.
        reason = _unknown(subject, name, subject.providers)
        if reason is not None:
            yield Remark(path, reason)
    for written, name in _types_asked_for(subject):
        reason = _unknown(subject, name, subject.providers)
        if reason is not None and reason.code == trigger_event_in_part.code:
            named = [f"{name}.{one}" for one in reason.params["known"]]
            reason = trigger_event_of_subject(event=name, known=named)
        if reason is not None:
            yield written.remark(f"'{name}'", reason)


def _types_asked_for(subject: Subject) -> Iterator[tuple[WrittenExpression, str]]:
    """The types with which conditions compare the event's, without wildcards. If the trigger names
    events, another check compares these.
    """
    for written in subject.conditions if not subject.trigger.events else ():
        for predicate in compile_expression(written.text).predicates if written.tree else ():
            if isinstance(predicate, Equals) and predicate.path == ("event", "type"):
                yield from (
                    (written, one) for one in sorted(predicate.literals) if not is_glob(one)
                )


@error
def emitted_names(subject: Subject) -> Iterator[Remark]:
    """Finds rules that raise events under a name that a provider or the server uses."""
    for path, name in _emitted(subject):
        if is_template(name):
            yield Remark(path, trigger_emits_template())
            continue
        is_providers = any(name.startswith(f"{one}.") for one in subject.context.abilities or ())
        if name in SHARED_EVENTS | OWN_EVENTS or is_providers:
            example = f"own.{name.rpartition('.')[2]}"
            yield Remark(path, trigger_emits_name_of_provider(event=name, example=example))


@warning
def emitted_to_itself(subject: Subject) -> Iterator[Remark]:
    """Finds a rule that raises the event that triggers it."""
    trigger = subject.trigger
    if trigger.schedule is not None or trigger.absence is not None or subject.limits.both:
        return
    for path, name in _emitted(subject):
        if not trigger.events or matches_any(name, trigger.events):
            yield Remark(path, trigger_emits_its_own_trigger(event=name))


def _emitted(subject: Subject) -> Iterator[tuple[Path, str]]:
    for used in subject.uses:
        name = used.inputs.get("event")
        if used.name == "emit" and isinstance(name, str):
            yield used.at("event"), name


def _unknown(subject: Subject, name: str, providers: Collection[str] | None) -> Reason | None:
    """The reason why nobody sends an event of this name; None if somebody may."""
    named, own_names = set(providers or ()), subject.context.own_names or {}
    free = {provider for provider in named if own_names.get(provider)}
    if name in SHARED_EVENTS or name in OWN_EVENTS:
        is_sent = name in OWN_EVENTS or free or _have_subject(subject, name, named)
        return None if is_sent else trigger_no_such_event(event=name, providers=sorted(named))
    otherwise = _otherwise(subject, name)
    if otherwise is not None:
        return otherwise
    if not named or subject.context.own_names is None or named <= free:
        # A generic sender may use any names.
        return _misspelt(name, misspelt_event(name))
    if named & free:
        return _misspelt(name, misspelt_event(name) or _like_shared(name))
    if any(_may_send(provider, name) for provider in named):
        return None
    return _sent_by_none(subject, name, sorted(named))


def _have_subject(subject: Subject, name: str, providers: Collection[str]) -> bool:
    """Whether events of these providers may be about the subject of a shared name, as their samples
    and names show.
    """
    types = subject.context.event_types
    if not providers or not set(providers) <= types.keys():
        return True
    kinds = {kind for one in providers for kind in types[one]}
    names = subject.context.event_names
    kinds.update(kind for one in providers for kind in names.get(one, {}).values())
    about = name.partition(".")[0]
    return any(kind.partition(".")[0] == about for kind in kinds)


def _otherwise(subject: Subject, name: str) -> Reason | None:
    """The reason why a text is no name: it has several names in it, or a provider's prefix."""
    several = re.split(r"[,;\s]+", name.strip())
    if len(several) > 1 and all(re.search(r"[.*/_]", one) or one in _WHOLE for one in several):
        return trigger_events_in_one_text(event=name, better=f"[{', '.join(several)}]")
    provider, _, rest = name.partition(".")
    types = subject.context.event_types.get(provider)
    if types is None or name.lower() in types:
        return None
    if rest in SHARED_EVENTS or rest in _WHOLE:
        return _misspelt(name, _WHOLE.get(rest, rest))
    own = subject.context.event_names.get(provider, {})
    if own.get(rest):
        return _misspelt(name, own[rest])
    declared = frozenset(f"{provider}.{one}" for one, shared in own.items() if not shared)
    return _of_provider(name, types, declared)


# --- Names of one provider's own events ---


def _of_provider(name: str, types: Collection[str], declared: Collection[str]) -> Reason | None:
    """The reason why a provider sends no event of this name: `github.issue.opened`,
    `github.pull_request`, `stripe.invoice.payed`; None if the name may be right.

    The provider declares all names of some subjects, and may have more subjects.
    """
    head, is_whole = name.lower().removesuffix(".*"), name.endswith(".*")
    known = {*types, *declared}
    if is_glob(head) or head in known or any(matches(one, name) for one in known):
        return None
    subjects: dict[str, list[str]] = {}
    for kind in sorted(declared):
        before, _, last = kind.rpartition(".")
        if "." in before:
            subjects.setdefault(before, []).append(last)
    same = None if is_whole else _same(head, sorted(known))
    whole = head if head in subjects else nearest_event(head, subjects)
    if same is None and whole is not None and not is_whole:
        return trigger_event_in_part(event=name, nearest=f"{whole}.*", known=subjects[whole])
    if same is not None or is_whole:
        return _misspelt(name, same or (f"{whole}.*" if whole else None))
    before, _, last = head.rpartition(".")
    if before in declared and before not in subjects:
        # Its events never say more.
        return _misspelt(name, before)
    before = before if before in subjects else _near(before, subjects) or ""
    meant = _meant(last, subjects.get(before, ()))
    if meant is None and before:
        known_there = [f"{before}.{one}" for one in subjects[before]]
        return trigger_event_of_subject(event=name, known=known_there)
    return _misspelt(name, meant and f"{before}.{meant}")


#: What happens to a thing, by other words for it.
_CALLED_OTHERWISE = {"payed": "paid", "success": "succeeded", "successful": "succeeded"}


def _meant(word: str, known: Sequence[str]) -> str | None:
    """The word for what has happened that is certainly meant by a similar one, or None."""
    word = _CALLED_OTHERWISE.get(word, word)
    longer = [one for one in known if word in one.split("_")]
    return nearest_event(word, known) or (longer[0] if len(longer) == 1 else None)


def nearest_event(name: str, known: Collection[str]) -> str | None:
    """The known name that differs in endings, signs or a single letter alone."""
    return _same(name, known) or _near(name, known)


def _near(name: str, known: Collection[str]) -> str | None:
    """The only known name that differs by a single letter."""
    near = [one for one in known if _difference(name, one) < 2]
    return near[0] if len(near) == 1 else None


def _same(name: str, known: Collection[str]) -> str | None:
    """The known name that differs in endings and signs alone: `issues` for `issue`,
    `pull_request.opened` for `pullrequest_open`.
    """
    sought = _without_endings(name)
    return next((one for one in known if _without_endings(one) == sought), None)


def _without_endings(name: str) -> str:
    """The letters of a name without the endings of plurals and past tenses in its parts."""
    return "".join(re.sub(r"e?[sd]?$", "", part) for part in re.split(r"[._/-]", name.lower()))


def _sent_by_none(subject: Subject, name: str, providers: Sequence[str]) -> Reason:
    types, names = subject.context.event_types, subject.context.event_names
    sender = name.partition(".")[0]
    if sender in (subject.context.own_names or {}):
        return trigger_event_of_others(event=name, sender=sender, providers=providers)
    own = (f"{provider}.{name.replace('/', '.')}" for provider in providers)
    nearest = next((kind for kind in own if kind in types.get(kind.split(".")[0], ())), None)
    nearest = nearest or _CALLED.get(plain_name(name).replace(".", "_"))
    nearest = nearest or _like_shared(name) or (misspelt_event(name) if "." in name else None)
    known = {kind for one in providers for kind in types.get(one, ())} | SHARED_EVENTS
    about = [kind for kind in sorted(known) if kind.split(".")[0] in name.lower()]
    if nearest is None and about:
        return trigger_event_of_subject(event=name, known=about)
    nearest = nearest or _below_provider(name, providers, names) or did_you_mean(name, known)
    return _misspelt(name, nearest) or trigger_no_such_event(event=name, providers=providers)


def _below_provider(
    name: str, providers: Sequence[str], declared: Mapping[str, Mapping[str, str]]
) -> str | None:
    """Turns `charge.refunded` into `stripe.charge.refunded` if the only provider has such
    events.
    """
    provider = providers[0] if len(providers) == 1 else ""
    own = declared.get(provider, {})
    return f"{provider}.{name}" if name in own and not own[name] else None


def _misspelt(name: str, nearest: str | None) -> Reason | None:
    return trigger_misspelt_event(event=name, nearest=nearest) if nearest else None


def _may_send(provider: str, name: str) -> bool:
    """Whether a name or glob covers a shared name, or a name with the provider's prefix."""
    if not is_glob(name):
        return name.lower().startswith(f"{provider}.")
    if any(matches(shared, name) for shared in SHARED_EVENTS | OWN_EVENTS):
        return True
    head = name.lower().split("*")[0].split("?")[0]
    return f"{provider}.".startswith(head) or head.startswith(f"{provider}.")


def misspelt_event(name: str) -> str | None:
    """The shared name that `name` most likely misspells; None if `name` may be right.

    Only names that begin like a shared name are doubted, since generic senders choose their own.
    """
    if is_glob(name) or name in SHARED_EVENTS:
        return None
    subject = name.split(".", 1)[0]
    if subject not in _SUBJECTS:
        return None
    called = _WHOLE.get(name) or _CALLED.get(plain_name(name).replace(".", "_"))
    return called or did_you_mean(name, SHARED_EVENTS)


def _like_shared(name: str) -> str | None:
    """The shared name or glob that is like `name`: their subjects differ by a letter or two."""
    subject, dot, rest = name.partition(".")
    nearest = did_you_mean(subject, _SUBJECTS)
    if nearest is None or nearest == subject or not dot or _difference(subject, nearest) > 1:
        return None
    better = f"{nearest}.{rest}"
    if is_glob(rest):
        return better if any(matches(shared, better) for shared in SHARED_EVENTS) else None
    return did_you_mean(better, [one for one in SHARED_EVENTS if one.startswith(f"{nearest}.")])


def _difference(one: str, other: str) -> int:
    """The number of letters that one word has in addition to the other; 2 for other differences."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) == len(shorter):
        return sum(a != b for a, b in zip(one, other, strict=True))
    if len(longer) - len(shorter) > 1:
        return 2
    cut = (longer[:at] + longer[at + 1 :] for at in range(len(longer)))
    return 1 if shorter in cut else 2


def _names(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Yields every name of an event in the rule, with its path."""
    trigger = subject.data.get("trigger")
    here: Path = (*subject.path, "trigger")
    if isinstance(trigger, Mapping):
        yield from texts_in(trigger.get("event"), (*here, "event"))
        for wait in ("both", "absence"):
            inside = trigger.get(wait)
            if not isinstance(inside, Mapping):
                continue
            for key in ("of", "after"):
                yield from texts_in(inside.get(key), (*here, wait, key))
    for used in subject.uses:
        cancel_on = used.inputs.get("cancel_on")
        if used.name == "follow_up" and isinstance(cancel_on, Mapping):
            yield from texts_in(cancel_on.get("event"), (*used.path, "cancel_on", "event"))


# --- Receipts, and a rule's own messages ---


@mistake(
    "never-fires",
    N_("'{rule}' never fires: '{first}' comes before it and always stops"),
    N_("give it a higher priority than '{first}', or take stop: true away there."),
    bad="rules:\n  - {id: a, trigger: {}, stop: true, actions: [{log: a}]}\n"
    "  - {id: b, actions: [{log: b}], trigger: {}}",
    good="rules:\n"
    "  - {id: a, trigger: {}, actions: [{log: a}]}\n  - {id: b, trigger: {}, actions: [{log: b}]}",
)
def meaning_never_fires(*, rule: str, first: str) -> None: ...
@mistake(
    "answers-receipts",
    N_("this answers every event of the connection, also {events:all}, when nobody has written"),
    N_("name the events, as in event: message.received."),
    bad="trigger: {connection: demo-page}\nactions: [{reply: Hi}]",
    good="actions: [{reply: Hi}]",
)
def meaning_answers_receipts(*, events: Sequence[str]) -> None: ...
@mistake(
    "answers-itself",
    N_("with include_self the rule answers its own '{action}', which comes back as {event}"),
    N_("leave include_self out, or add a condition that tells its own texts apart."),
    bad="trigger: {event: comment.created, include_self: true}\nactions: [{reply: Hi}]",
    good="actions: [{reply: Hi}]",
)
def meaning_answers_itself(*, action: str, event: str) -> None: ...


#: Events by which platforms report on the account's own messages; nobody has written.
_RECEIPTS = ("message.read", "message.delivered")
#: The type of event as which a sent text comes back, by action.
_COMES_BACK = {
    "comment.created": ("reply",),
    "message.sent": ("reply", "message", "private_reply"),
}
_OWN_EVENT = "event.actor.is_self"


@warning
def answered_receipts(subject: Subject) -> Iterator[Remark]:
    """Finds a rule without conditions for all events, which would also answer the receipt of its
    own answer.
    """
    receipts = [
        kind
        for kind in _RECEIPTS
        if (not subject.trigger.events or matches_any(kind, subject.trigger.events))
        and any(
            kind in subject.context.event_types.get(provider, ())
            for provider in subject.providers or ()
        )
    ]
    if not receipts or set(subject.trigger.events) & set(_RECEIPTS) or _looks_at_event(subject):
        return
    for used in _answers(subject):
        yield Remark(used.path, meaning_answers_receipts(events=receipts), about_key=True)
        return


@warning
def own_words(subject: Subject) -> Iterator[Remark]:
    """Finds `include_self` with an answer that comes back as an event and triggers the rule
    again.
    """
    trigger = subject.trigger
    if not trigger.include_self or any(subject.limits) or trigger.absence is not None:
        return
    if any(one.text.strip() != _OWN_EVENT for one in subject.conditions):
        return
    for event, actions in _COMES_BACK.items():
        if trigger.events and not matches_any(event, trigger.events):
            continue
        for used in _answers(subject):
            if used.name in actions and _is_said_there(used, event, trigger.events):
                reason = meaning_answers_itself(event=event, action=used.name)
                yield Remark((*subject.path, "trigger", "include_self"), reason, about_key=True)
                return


def _is_said_there(used: UsedAction, event: str, events: tuple[str, ...]) -> bool:
    """Whether an answer comes back as this event. A reply goes where its event came from."""
    if used.name != "reply":
        return used.inputs.get("to") is None
    subject = event.split(".", maxsplit=1)[0]
    return all(one.startswith(f"{subject}.") for one in events)


def _answers(subject: Subject) -> Iterator[UsedAction]:
    """Yields the steps that always answer the person: not in follow-ups, and without an `if`."""
    for used in subject.uses:
        is_first = len(used.path) == len(subject.path) + 3 and used.path[-3] == "actions"
        if (
            is_first
            and used.name in ("reply", "message", "private_reply")
            and not ("if" in used.item or used.inputs.get("to") is not None)
        ):
            yield used


def _looks_at_event(subject: Subject) -> bool:
    """Whether a condition reads the event, and so may exclude receipts."""
    return any(
        one.tree is None or "event" in compile_expression(one.text).roots
        for one in subject.conditions
    )


# --- Schedules, and events without a person ---


@mistake(
    "no-person",
    N_("a schedule triggers this rule, so that {path} says nothing of a person"),
    N_("read event.data, vars or now; or let an event of a person trigger the rule."),
    bad=_DAILY + "actions: [{log: '{{ event.actor.name }}'}]",
    good=_DAILY + "actions: [{log: '{{ vars.shop }}'}]",
)
def meaning_nobody_in_schedule(*, path: str) -> None: ...
@mistake(
    "unknown-path",
    N_("the schedule makes no summary, so that {path} is empty"),
    N_("write summary: 7d below 'schedule:'."),
    bad=_DAILY + "actions: [{log: '{{ event.data.summary.events }}'}]",
    good="trigger: {schedule: {every: 1d, summary: 7d}}\n"
    "actions: [{log: '{{ event.data.summary.events }}'}]",
)
def meaning_no_summary_in_schedule(*, path: str) -> None: ...
@mistake(
    "no-person",
    N_("'{action}' answers an event of a person, and a schedule has none"),
    N_("write message, which speaks to the contact."),
    bad=_CONTACTS + "actions: [{message: Hi}, {reply: Hi}]",
    good=_CONTACTS + "actions: [{message: Hi}]",
)
def trigger_nothing_to_answer(*, action: str) -> None: ...
@mistake(
    "no-person",
    N_("'{action}' needs the person of an event, and '{event}' is about none"),
    N_("write notify, which tells somebody of yours, or forward."),
    bad="trigger: {event: connection.silent}\nactions: [{remember: {a: 1}}]",
    good="trigger: {event: connection.silent}\nactions: [{notify: {to: ops, text: Hi}}]",
)
def trigger_nobody_in_event(*, action: str, event: str) -> None: ...
@mistake(
    "says-nothing",
    N_("the schedule takes contact after contact, but no step sends them anything"),
    N_("add a message, or leave 'contacts' out."),
    bad=_CONTACTS + "actions: [{log: Hi}]",
    good=_CONTACTS + "actions: [{message: Hi}]",
)
def trigger_says_nothing() -> None: ...


#: Returns the part of a path that is empty in the events of a schedule; None if none is.
_EmptyPart = Callable[[tuple[str, ...]], str | None]
#: Actions that answer where the event came from.
_ANSWERS = ("reply", "private_reply", "moderate")


@warning
def nobody_wrote(subject: Subject) -> Iterator[Remark]:
    """Finds `event.text`, `event.actor.id` or `contact` in a scheduled rule without contacts."""
    if subject.trigger.schedule is None:
        return
    of_a_person = _of_a_person if subject.trigger.has_nobody else _of_words
    yield from _reads(subject, of_a_person, meaning_nobody_in_schedule)


@warning
def no_summary(subject: Subject) -> Iterator[Remark]:
    """Finds `event.data.summary` if the schedule of the rule has no `summary`."""
    schedule = subject.trigger.schedule
    if schedule is not None and subject.trigger.has_nobody and not schedule.summary_days:
        yield from _reads(subject, _of_summary, meaning_no_summary_in_schedule)


@error
def answers_to_nobody(subject: Subject) -> Iterator[Remark]:
    """Finds steps that answer a comment or a message in a schedule for contacts."""
    if subject.trigger.audience is None:
        return
    for used in subject.uses:
        if used.name in _ANSWERS and used.inputs.get("do") not in ("ban", "unban"):
            reason = trigger_nothing_to_answer(action=used.name)
            yield Remark(used.path, reason, about_key=True)


@warning
def about_nobody(subject: Subject) -> Iterator[Remark]:
    """Finds steps that need a person in a rule for events about the server itself."""
    events = subject.trigger.events
    if not events or not set(events) <= set(ABOUT_SERVER):
        return
    for used in subject.uses:
        if used.action.needs_person and not used.action.connection(used.inputs):
            reason = trigger_nobody_in_event(action=used.name, event=events[0])
            yield Remark(used.path, reason, about_key=True)


@warning
def says_nothing(subject: Subject) -> Iterator[Remark]:
    """Finds a schedule for people without a step that writes to them."""
    if subject.trigger.audience is None or any(map(_is_about_person, subject.uses)):
        return
    path = (*subject.path, "trigger", "contacts")
    yield Remark(path, trigger_says_nothing(), about_key=True)


def _is_about_person(used: UsedAction) -> bool:
    return used.action.needs_person or bool(used.action.sends(used.inputs))


def _reads(subject: Subject, empty_part: _EmptyPart, kind: ReasonKind[...]) -> Iterator[Remark]:
    """Yields a remark for each expression or step that reads a path with an empty part."""
    for written, node in subject.parts_in_scope:
        names = path_names(node)
        path = empty_part(names) if names else None
        if path is not None:
            yield written.remark(path, kind(path=path))
    for _, place, text in subject.texts:
        template = compile_text(text, is_url=False)[0] if is_template(text) else None
        for names in template.reads if template is not None else ():
            path = empty_part(names)
            if path is not None:
                yield Remark(place, kind(path=path), (max(0, text.find(path)), len(path)))


def _of_summary(names: tuple[str, ...]) -> str | None:
    """The path of the figures, `event.data.summary`, which only a schedule with `summary` has."""
    return "event.data.summary" if names[:3] == ("event", "data", "summary") else None


def _of_words(names: tuple[str, ...]) -> str | None:
    """`event.text`, which is empty in a schedule for contacts: nobody has written."""
    return "event.text" if names[:2] == ("event", "text") else None


def _of_a_person(names: tuple[str, ...]) -> str | None:
    """The part of a path that only a person's event has."""
    if names[:2] == ("event", "text"):
        return "event.text"
    if names[:2] == ("event", "actor") and names[2:3] != ("is_self",):
        return ".".join(names[:3])
    return "contact" if names[0] == "contact" else None
