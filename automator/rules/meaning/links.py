"""Finds tracked links that cannot work, or that tell less than they seem to."""

from collections.abc import Iterator

from automator.files import Path
from automator.reasons.problems.meaning.sending import (
    TRACKED_IN_PUBLIC,
    TRACKED_NEEDS_ADDRESS,
    TRACKED_NOT_SENT,
)
from automator.rules.meaning.subject import Remark, Subject, UsedAction
from automator.rules.references.outputs import texts_in
from automator.rules.templates.inputs import tracks_links


def links_without_address(subject: Subject) -> Iterator[Remark]:
    """`| tracked` on a server without `public_url`: there is nothing that people could open."""
    if subject.has_public_url is False:
        for _, path in _tracked(subject):
            yield Remark(path, TRACKED_NEEDS_ADDRESS())


def links_outside_messages(subject: Subject) -> Iterator[Remark]:
    """`log: "{{ 'https://…' | tracked }}"`: such a link is made for the receiver of a message."""
    for used, path in _tracked(subject):
        if not used.action.speaks:
            yield Remark(path, TRACKED_NOT_SENT(action=used.name))


def links_in_public(subject: Subject) -> Iterator[Remark]:
    """`reply` to a comment with a tracked link: everybody who reads it can open it."""
    events = subject.trigger.events
    if events and all(one.startswith("comment.") for one in events):
        for used, path in _tracked(subject):
            if used.name == "reply":
                yield Remark(path, TRACKED_IN_PUBLIC())


def _tracked(subject: Subject) -> Iterator[tuple[UsedAction, Path]]:
    """The texts that make a tracked link, with their actions."""
    for used in subject.uses:
        for name, value in used.inputs.items():
            if name in used.action.literal_inputs:
                continue
            for path, text in texts_in(value, used.at(name)):
                if tracks_links(text):
                    yield used, path
