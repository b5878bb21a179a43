"""Finds steps that the provider of a rule's events cannot do."""

from collections.abc import Iterator, Mapping

from automator.files import suggest
from automator.model import Trigger
from automator.reasons.problems.meaning.abilities import (
    CANNOT_WRITE_THROUGH,
    MESSAGE_NOT_POSSIBLE,
    NO_COMMENT_HERE,
    NOT_POSSIBLE,
    NOT_POSSIBLE_FOR_SOME,
    ONE_OF_ACCOUNTS,
)
from automator.reasons.problems.rules import UNKNOWN_CONNECTION
from automator.reasons.problems.words import WORD_CONNECTIONS
from automator.rules.meaning.event_paths import event_paths
from automator.rules.meaning.subject import Abilities, Remark, Subject, UsedAction

_MESSAGE = "message"
_OF_COMMENTS = ("private_reply", "moderate")


def impossible(subject: Subject) -> Iterator[Remark]:
    """Steps that no provider of the trigger can do."""
    for used, kind, unable, _ in _unable(subject):
        if len(unable) == len(_named(subject)[0]):
            reason = NOT_POSSIBLE(providers=unable, kind=kind)
            if used.name == _MESSAGE and (able := _able(subject, kind)):
                reason = MESSAGE_NOT_POSSIBLE(providers=unable, kind=kind, other=able[0])
            yield Remark(used.path, reason, about_key=True)


def impossible_for_some(subject: Subject) -> Iterator[Remark]:
    """Steps that some cannot do, unless a condition of the step may ask for the connection."""
    for used, kind, unable, are_named in _unable(subject):
        is_for_some = len(unable) < len(_named(subject)[0])
        if is_for_some and are_named and "if" not in used.item:
            reason = NOT_POSSIBLE_FOR_SOME(providers=unable, kind=kind)
            yield Remark(used.path, reason, about_key=True)


def other_connections(subject: Subject) -> Iterator[Remark]:
    """Connections that steps name to write through, and that nobody can be written to through."""
    connections = subject.connections
    for used in subject.uses if connections is not None else ():
        via = used.action.connection(used.inputs)
        if not via or connections is None:
            continue
        able = _able(subject, used.action.sends(used.inputs))
        if via not in connections:
            suggestion = suggest(via, able, WORD_CONNECTIONS)
            yield Remark(used.at("via"), UNKNOWN_CONNECTION(name=via, suggestion=suggestion))
        elif via in subject.accounts:
            named = sorted(subject.accounts[via])
            yield Remark(used.at("via"), ONE_OF_ACCOUNTS(connection=via, known=named))
        elif via not in able:
            provider, kind = connections[via], used.name
            reason = CANNOT_WRITE_THROUGH(connection=via, provider=provider, kind=kind, known=able)
            yield Remark(used.at("via"), reason)


def _able(subject: Subject, kind: str) -> list[str]:
    """The connections through which such a message can go."""
    connections, abilities = subject.connections or {}, subject.abilities
    return [
        name
        for name, provider in sorted(connections.items())
        if (abilities is None or kind in abilities[provider]) and name not in subject.accounts
    ]


def without_comment(subject: Subject) -> Iterator[Remark]:
    """Finds `private_reply` and `moderate` where no event of the trigger has a comment."""
    has_none = event_paths(subject.trigger, subject.known_paths)("event.comment.id") is not None
    for used in subject.uses if has_none else ():
        # A person can be banned wherever they are.
        if used.name in _OF_COMMENTS and used.inputs.get("do") not in ("ban", "unban"):
            reason = NO_COMMENT_HERE(action=used.name, events=subject.trigger.events)
            yield Remark(used.path, reason, about_key=True)


def _unable(subject: Subject) -> Iterator[tuple[UsedAction, str, list[str], bool]]:
    """The steps that not every provider can do, with their messages and these providers."""
    abilities = subject.abilities
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
