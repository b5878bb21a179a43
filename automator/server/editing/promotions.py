"""The way of a rule into force: saved in shadow mode, and then promoted by a person."""

from automator.engine.rulesets.rule_folder import etag_of
from automator.engine.rulesets.rulebook import ActiveRules
from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError
from automator.rules import CompiledRule, RuleSet
from automator.rules.editing.edits import with_rule_promoted
from automator.server.editing.rule_changes import change_text
from automator.server.web.security import RequestError
from automator.server.web.services import Services

#: Rules are saved in shadow mode as long as there are at most this many: each is tried on events.
MOST_IN_SHADOW = 200


async def save_in_shadow(
    services: Services, name: str, text: str, etag: str, author: str
) -> ActiveRules:
    """Saves a file whose rules are in shadow mode, before and after; `etag` is "" for a new file.

    So it changes nothing that people notice, whoever writes it.

    Raises:
        RequestError: a rule of the file is live, rules of other files depend on it, or there would
            be too many rules in shadow mode (409).
        ConflictError: the file has changed since its author saw it.
        RulesRefusedError: the file has errors.
    """

    def permit(before: RuleSet, after: RuleSet) -> None:
        known = before.files.get(name)
        seen = "" if known is None else etag_of(known)
        is_in_force = name not in before.unread and etag == seen
        is_used_elsewhere = len(after.files_with(name)) > 1
        if not is_in_force or is_used_elsewhere or not all(_shadows(name, before)):
            raise RequestError(
                409,
                "live_rules",
                N_("{file} has live rules, an unfinished text, or parts that other files use"),
                fix=N_("Write a new file, with rules of other ids. A person changes this file."),
                file=name,
            )
        if sum(rule.spec.shadow for rule in after.rules) > MOST_IN_SHADOW:
            raise RequestError(
                409,
                "many_in_shadow",
                N_("more than {most} rules would be in shadow mode"),
                fix=N_("Somebody has to make some of them live, or delete them."),
                most=MOST_IN_SHADOW,
            )
        shadows = _shadows(name, after)
        if not shadows or not all(shadows):
            raise RequestError(
                409,
                "not_in_shadow",
                N_("only rules in shadow mode can be saved in this way"),
                fix=N_("Write `mode: shadow` in each rule. A person makes a rule live."),
            )

    return await services.rulebook.change(
        {name: text}, {name: etag or None}, author=author, permit=permit
    )


def _shadows(file: str, rules: RuleSet) -> list[bool]:
    """For each rule of a file, whether it is in shadow mode."""
    return [rule.spec.shadow for rule in rules.rules if rule.spec.place.file == file]


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
