"""Explanations of events in the worlds of tests."""

from automator.engine.explanation.event_explanation import EventExplanation
from automator.engine.explanation.why import explain_event
from automator.reasons import ReasonKind, kinds
from tests.support.world import World


async def explained(world: World, event_id: int, rule: str | None = None) -> EventExplanation:
    """The explanation of an event, or of one rule for it, as `automator why` gives it now."""
    return await explain_event(world.store.log, world.rulebook.revisions, event_id, rule)


def matched(account: EventExplanation) -> list[str]:
    """The rules that match, as the account says."""
    return [item.explanation.rule for item in account.rules if item.explanation.matched]


def notes(account: EventExplanation, rule: str) -> list[ReasonKind[...]]:
    """The kinds of the notes beside a rule."""
    (found,) = [item for item in account.rules if item.explanation.rule == rule]
    return [kinds()[note.code] for note in found.notes]
