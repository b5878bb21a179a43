"""The funnel of a rule, as a page and the API ask for it."""

import asyncio
from collections.abc import Iterable
from functools import partial

from automator.engine.figures.funnel import funnel_of
from automator.engine.figures.funnel_result import RuleFunnel
from automator.model import LOOK_IN_LIST, N_, NotFoundError, Rule
from automator.rules.compiled.ab_splits import splits_of
from automator.server.figures.parameters import FUNNEL_DAYS, FUNNEL_RUNS
from automator.server.web.request_context import RequestContext

#: Rules with the same split that are compared with one.
_MOST_COMPARED = 4


async def funnel_in_address(context: RequestContext, name: str) -> RuleFunnel:
    """The funnel of the rule in force of this id, as the address asks for it: `days`, `runs`.

    Raises:
        NotFoundError: no rule in force has this id.
        UsageError: one of them is no number that can be asked for.
    """
    return await _funnel(context, rule_named(_rules(context), name))


async def compared_with(context: RequestContext, name: str) -> list[RuleFunnel]:
    """The same for other rules that divide people by the same split in their conditions."""
    rules = [*_rules(context)]
    own = {split.name for split in splits_of(rule_named(rules, name))}
    if not own:
        return []
    others = [rule for rule in rules if rule.id != name and own & _splits(rule)]
    return [await _funnel(context, rule) for rule in others[:_MOST_COMPARED]]


def rule_named(rules: Iterable[Rule], name: str) -> Rule:
    """The rule with this id.

    Raises:
        NotFoundError: there is none.
    """
    found = next((rule for rule in rules if rule.id == name), None)
    if found is None:
        raise NotFoundError(N_("no rule '{rule}'"), fix=LOOK_IN_LIST, rule=name)
    return found


def _splits(rule: Rule) -> set[str]:
    return {split.name for split in splits_of(rule)}


def _rules(context: RequestContext) -> Iterable[Rule]:
    return (rule.spec for rule in context.services.rulebook.active.rule_set.rules)


async def _funnel(context: RequestContext, rule: Rule) -> RuleFunnel:
    look = partial(
        funnel_of,
        context.services.store.log,
        rule,
        context.services.actions,
        context.now_ms,
        days=context.number(FUNNEL_DAYS),
        most=context.number(FUNNEL_RUNS),
    )
    return await asyncio.to_thread(look)
