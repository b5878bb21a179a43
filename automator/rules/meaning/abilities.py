"""Finds steps that the provider of a rule's events cannot do."""

from collections.abc import Iterator, Mapping

from automator.model import Trigger
from automator.reasons.problems.meaning import NO_COMMENT_HERE, NOT_POSSIBLE, NOT_POSSIBLE_FOR_SOME
from automator.rules.meaning.event_paths import event_paths
from automator.rules.meaning.subject import Abilities, Remark, Subject, UsedAction

_OF_COMMENTS = ("private_reply", "moderate")


def impossible(subject: Subject) -> Iterator[Remark]:
    """Steps that no provider of the trigger can do."""
    for used, kind, unable, _ in _unable(subject):
        if len(unable) == len(_named(subject)[0]):
            yield Remark(used.path, NOT_POSSIBLE(providers=unable, kind=kind), about_key=True)


def impossible_for_some(subject: Subject) -> Iterator[Remark]:
    """Steps that some cannot do, unless a condition of the step may ask for the connection."""
    for used, kind, unable, are_named in _unable(subject):
        is_for_some = len(unable) < len(_named(subject)[0])
        if is_for_some and are_named and "if" not in used.item:
            reason = NOT_POSSIBLE_FOR_SOME(providers=unable, kind=kind)
            yield Remark(used.path, reason, about_key=True)


def without_comment(subject: Subject) -> Iterator[Remark]:
    """Finds `private_reply` and `moderate` where no event of the trigger has a comment."""
    has_none = event_paths(subject.trigger, subject.known_paths)("event.comment.id") is not None
    for used in subject.uses if has_none else ():
        # A person can be banned wherever they are.
        if used.name in _OF_COMMENTS and used.inputs.get("do") not in ("ban", "unban"):
            reason = NO_COMMENT_HERE(action=used.name, events=subject.trigger.events)
            yield Remark(used.path, reason, about_key=True)


def _unable(subject: Subject) -> Iterator[tuple[UsedAction, str, list[str], bool]]:
    """The steps that not every provider can do: what they send, and who cannot."""
    abilities = subject.abilities
    if abilities is None or subject.trigger.schedule is not None:
        return
    providers, are_named = _named(subject)
    for used in subject.uses:
        kind = used.action.sends(used.inputs)
        unable = [one for one in providers if kind and kind not in abilities[one]]
        if unable:
            yield used, kind, unable, are_named


def _named(subject: Subject) -> tuple[list[str], bool]:
    return _providers_of(subject.trigger, subject.abilities or {}, subject.connections or {})


def _providers_of(
    trigger: Trigger, abilities: Abilities, connections: Mapping[str, str]
) -> tuple[list[str], bool]:
    """The providers whose events the rule may meet, and whether the trigger names them."""
    named = {connections[name] for name in trigger.connections if name in connections}
    if trigger.connections and trigger.providers:
        named &= set(trigger.providers)
    named |= set(trigger.providers) if not trigger.connections else set()
    if trigger.connections or trigger.providers:
        return sorted(named & abilities.keys()), True
    # Events that only one provider sends begin with its name.
    prefixes = {event.partition(".")[0] for event in trigger.events}
    if prefixes and prefixes <= abilities.keys():
        return sorted(prefixes), True
    return sorted(set(connections.values()) & abilities.keys()), False
