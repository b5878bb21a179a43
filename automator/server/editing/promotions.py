"""Promotions: a rule in shadow or in a rollout is compared, and made live for everybody."""

import asyncio
from collections.abc import Collection, Mapping

from automator.configuration.values import parse_duration
from automator.engine.figures.promotion import Promotion, compare
from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError
from automator.plugins import AnyAction
from automator.rules import CompiledRule, RuleSet
from automator.rules.editing.edits import with_rule_promoted
from automator.server.editing.rule_changes import change_text
from automator.server.web.services import Services

#: The time that a comparison covers by default.
SINCE = "7d"
_LONGEST_S = 90 * 86_400


async def promotion_of(services: Services, rule_id: str, since: str) -> Promotion:
    """The comparison of a rule with the others.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: it is live for everybody, or `since` is no length of time.
    """
    rule = rule_to_promote(services.rulebook.active.rule_set, rule_id)
    since_ms = services.clock.now_ms() - length_ms(since)
    actions = sending(services.rule_context.actions)
    return await asyncio.to_thread(compare, services.store.log, rule, actions, since_ms)


async def promote(services: Services, rule_id: str, author: str) -> str:
    """Makes a rule live for everybody, as a revision; the result is its file.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: it is live for everybody.
        SpliceError: the file is written in a way that cannot be changed so.
        ConflictError: somebody else has changed the file at the same time.
    """
    file = rule_to_promote(services.rulebook.active.rule_set, rule_id).spec.place.file
    await change_text(services, file, author, lambda text: with_rule_promoted(text, rule_id))
    return file


def rule_to_promote(rules: RuleSet, rule_id: str) -> CompiledRule:
    """The rule with this id.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: it is live for everybody.
    """
    rule = rules.rule(rule_id)
    if rule is None:
        raise NotFoundError(N_("there is no rule {id}"), fix=LOOK_IN_LIST, id=rule_id)
    if not rule.spec.shadow and rule.spec.rollout is None:
        raise UsageError(
            N_("{rule} is live for everybody already"),
            fix=N_("Rules with mode: shadow or with a rollout can be promoted."),
            rule=rule_id,
        )
    return rule


def length_ms(text: str) -> int:
    """The milliseconds of a length of time.

    Raises:
        UsageError: it is none, or too long.
    """
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _LONGEST_S:
        raise UsageError(
            N_("'{text}' is no length of time that can be looked at"),
            fix=N_("Write up to 90 days, as in 12h or 7d."),
            text=text,
        )
    return round(seconds * 1000)


def sending(actions: Mapping[str, AnyAction]) -> Collection[str]:
    """The names of the actions that reach out."""
    return {name for name, action in actions.items() if action.reaches_out}
