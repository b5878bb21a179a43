"""Promotes a rule: takes it out of shadow mode or its rollout, so that it is live for everybody."""

from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError
from automator.rules import CompiledRule, RuleSet
from automator.rules.editing.edits import with_rule_promoted
from automator.server.editing.rule_changes import change_text
from automator.server.web.services import Services


async def promote(services: Services, rule_id: str, author: str) -> str:
    """Makes a rule live for everybody, as a revision; returns the rule's file.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: the rule is already live for everybody.
        SpliceError: the file is written in a way that cannot be changed automatically.
        ConflictError: somebody else has changed the file at the same time.
    """
    file = rule_to_promote(services.rulebook.active.rule_set, rule_id).spec.place.file
    await change_text(services, file, author, lambda text: with_rule_promoted(text, rule_id))
    return file


def rule_to_promote(rules: RuleSet, rule_id: str) -> CompiledRule:
    """The rule with this id, if it can be promoted.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: the rule is already live for everybody.
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
