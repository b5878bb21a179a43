"""The names of events: those that all providers share, and those that nobody sends."""

import re
from collections.abc import Collection, Iterator, Mapping

from automator.files import Path, did_you_mean, plain_name
from automator.model import Reason
from automator.model.own_events import OWN_EVENTS
from automator.reasons.problems import triggers
from automator.rules.compiled.globs import is_glob, matches, matches_any
from automator.rules.meaning.subject import Remark, Subject
from automator.rules.templates.template import is_template

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
#: The shared name that people mean by a subject alone.
_WHOLE = {"message": "message.received", "comment": "comment.created", "lead": "lead.created"}
#: Shared names by those of the platforms and of other programs.
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


def templates_as_events(subject: Subject) -> Iterator[Remark]:
    """`event: "{{ vars.event }}"`: nothing is filled in there."""
    for path, name in _names(subject):
        if is_template(name):
            yield Remark(path, triggers.TEMPLATE_AS_EVENT())


def unknown_events(subject: Subject) -> Iterator[Remark]:
    """Names that nobody sends, in triggers and in `cancel_on`."""
    for path, name in _names(subject):
        if is_template(name):
            continue
        # A person belongs to one connection, so the event that `cancel_on` awaits comes there too.
        reason = _unknown(subject, name, subject.providers)
        if reason is not None:
            yield Remark(path, reason)


def emitted_names(subject: Subject) -> Iterator[Remark]:
    """Finds rules that raise events under a name that a provider or the server uses."""
    for path, name in _emitted(subject):
        if is_template(name):
            yield Remark(path, triggers.EMITS_TEMPLATE())
            continue
        is_providers = any(name.startswith(f"{one}.") for one in subject.abilities or ())
        if name in SHARED_EVENTS | OWN_EVENTS or is_providers:
            example = f"own.{name.rpartition('.')[2]}"
            yield Remark(path, triggers.EMITS_NAME_OF_PROVIDER(event=name, example=example))


def emitted_to_itself(subject: Subject) -> Iterator[Remark]:
    """Finds a rule that raises the event by which it is triggered."""
    events = subject.trigger.events
    if subject.trigger.schedule is not None or subject.trigger.absence is not None:
        return
    for path, name in _emitted(subject):
        if not events or matches_any(name, events):
            yield Remark(path, triggers.EMITS_ITS_OWN_TRIGGER(event=name))


def _emitted(subject: Subject) -> Iterator[tuple[Path, str]]:
    for used in subject.uses:
        name = used.inputs.get("type")
        if used.name == "emit" and isinstance(name, str):
            yield used.at("type"), name


def _unknown(subject: Subject, name: str, providers: Collection[str] | None) -> Reason | None:
    """The reason why nobody sends an event of this name; None where somebody may."""
    if name in SHARED_EVENTS or name in OWN_EVENTS:
        return None
    otherwise = _otherwise(subject, name)
    if otherwise is not None:
        return otherwise
    own_names = subject.own_names or {}
    named = set(providers or ())
    free = {provider for provider in named if own_names.get(provider)}
    if not named or subject.own_names is None or named <= free:
        # Somebody's own sender may use any names.
        return _misspelt(name, misspelt_event(name))
    if named & free:
        return _misspelt(name, misspelt_event(name) or _like_shared(name))
    if any(_may_send(provider, name) for provider in named):
        return None
    return _sent_by_none(name, named, subject.event_types)


def _otherwise(subject: Subject, name: str) -> Reason | None:
    """The reason why a name is none: several are in it, or that of a provider is before it."""
    several = re.split(r"[,;\s]+", name.strip())
    if len(several) > 1 and all(re.search(r"[.*/_]", one) or one in _WHOLE for one in several):
        return triggers.EVENTS_IN_ONE_TEXT(event=name, better=f"[{', '.join(several)}]")
    return _misspelt(name, _with_prefix(subject, name))


def _with_prefix(subject: Subject, name: str) -> str | None:
    """The event that is meant by a name such as `facebook.comment.created`, `slack.message` or
    `github.issue.opened`; None where the name may be right.

    No sender with names of its own begins them with the name of another provider.
    """
    provider, _, rest = name.partition(".")
    types = subject.event_types.get(provider)
    if types is None or is_glob(name) or name in types:
        return None
    if rest in SHARED_EVENTS or rest in _WHOLE:
        return _WHOLE.get(rest, rest)
    # Names that differ in endings only: `issue` for `issues`, `created` for `create`.
    sought = _without_endings(name)
    return next((kind for kind in sorted(types) if _without_endings(kind) == sought), None)


def _without_endings(name: str) -> str:
    """A name without what plurals and past tenses add to each of its parts."""
    return ".".join(re.sub(r"e?[sd]?$", "", part) for part in name.lower().split("."))


def _sent_by_none(
    name: str, providers: Collection[str], types: Mapping[str, Collection[str]]
) -> Reason:
    own = (f"{provider}.{name.replace('/', '.')}" for provider in sorted(providers))
    nearest = next((kind for kind in own if kind in types.get(kind.split(".")[0], ())), None)
    nearest = nearest or _CALLED.get(plain_name(name).replace(".", "_"))
    nearest = nearest or _like_shared(name) or (misspelt_event(name) if "." in name else None)
    known = {kind for one in providers for kind in types.get(one, ())} | SHARED_EVENTS
    about = [kind for kind in sorted(known) if kind.split(".")[0] in name.lower()]
    if nearest is None and about:
        return triggers.EVENT_OF_SUBJECT(event=name, known=about)
    nearest = nearest or _below_provider(name, providers, types) or did_you_mean(name, known)
    return _misspelt(name, nearest) or triggers.NO_SUCH_EVENT(
        event=name, providers=sorted(providers)
    )


def _below_provider(
    name: str, providers: Collection[str], types: Mapping[str, Collection[str]]
) -> str | None:
    """`stripe.charge.refunded` for `charge.refunded`, of a provider whose events are called so."""
    if len(providers) != 1 or not re.fullmatch(r"[a-z_]+(?:\.[a-z_]+)+", name):
        return None
    (provider,) = providers
    known = types.get(provider, ())
    # Most events of others have shared names.
    is_usual = 2 * sum(kind in SHARED_EVENTS for kind in known) < len(known)
    return (
        f"{provider}.{name}"
        if is_usual and name.split(".", maxsplit=1)[0] not in _SUBJECTS
        else None
    )


def _misspelt(name: str, nearest: str | None) -> Reason | None:
    return triggers.MISSPELT_EVENT(event=name, nearest=nearest) if nearest else None


def _may_send(provider: str, name: str) -> bool:
    """Whether a name or a glob covers a shared name, or one that begins with the provider's."""
    if not is_glob(name):
        return name.lower().startswith(f"{provider}.")
    if any(matches(shared, name) for shared in SHARED_EVENTS | OWN_EVENTS):
        return True
    head = name.lower().split("*")[0].split("?")[0]
    return f"{provider}.".startswith(head) or head.startswith(f"{provider}.")


def misspelt_event(name: str) -> str | None:
    """The shared name that `name` is very likely meant to be, or None when it may be right.

    Only names that begin like a shared one are doubted: generic connections have their own.
    """
    if is_glob(name) or name in SHARED_EVENTS:
        return None
    subject = name.split(".", 1)[0]
    if subject not in _SUBJECTS:
        return None
    called = _WHOLE.get(name) or _CALLED.get(plain_name(name).replace(".", "_"))
    return called or did_you_mean(name, SHARED_EVENTS)


def _like_shared(name: str) -> str | None:
    """The shared name or glob that differs from `name` in a letter or two of its subject."""
    subject, dot, rest = name.partition(".")
    nearest = did_you_mean(subject, _SUBJECTS)
    if nearest is None or nearest == subject or not dot or _difference(subject, nearest) > 1:
        return None
    better = f"{nearest}.{rest}"
    if is_glob(rest):
        return better if any(matches(shared, better) for shared in SHARED_EVENTS) else None
    return did_you_mean(better, [one for one in SHARED_EVENTS if one.startswith(f"{nearest}.")])


def _difference(one: str, other: str) -> int:
    """Letters that one word has more than the other; 2 where they differ in more ways."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) == len(shorter):
        return sum(a != b for a, b in zip(one, other, strict=True))
    if len(longer) - len(shorter) > 1:
        return 2
    cut = (longer[:at] + longer[at + 1 :] for at in range(len(longer)))
    return 1 if shorter in cut else 2


def _names(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Every event that the rule names, with its place."""
    trigger = subject.data.get("trigger")
    here: Path = (*subject.path, "trigger")
    if isinstance(trigger, Mapping):
        yield from _texts((*here, "event"), trigger.get("event"))
        absence = trigger.get("absence")
        for key in ("of", "after"):
            if isinstance(absence, Mapping):
                yield from _texts((*here, "absence", key), absence.get(key))
    for used in subject.uses:
        cancel_on = used.inputs.get("cancel_on")
        if used.name == "follow_up" and isinstance(cancel_on, Mapping):
            yield from _texts((*used.path, "cancel_on", "event"), cancel_on.get("event"))


def _texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    for number, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (*path, number), item
