"""The way of a rule into force: saved in shadow mode, and then promoted by a person."""

from functools import partial

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
        RequestError: a rule of the file is live, rules of other files depend on it, it depends on
            other files, there would be too many rules in shadow mode, or this server cannot read a
            live rule (409).
        ConflictError: the file has changed since its author saw it.
        RulesRefusedError: the file has errors.
    """

    def permit(before: RuleSet, after: RuleSet) -> None:
        if before.unread:
            # Such a rule would lose its id, or find other parts, when it can be read again.
            raise RequestError(
                409,
                "unread_rules",
                N_("this server cannot read the rules of {files} now"),
                fix=N_("A person mends these files or automator.yaml first."),
                files=", ".join(before.unread),
            )
        known = before.files.get(name)
        is_in_force = etag == ("" if known is None else etag_of(known))
        is_own = known is None or _are_in_shadow(name, before)
        if not is_in_force or not is_own or len(after.files_with(name)) > 1:
            raise RequestError(
                409,
                "live_rules",
                N_("{file} has live rules, an unfinished text, or parts that other files use"),
                fix=N_("Write a new file, with rules of other ids. A person changes this file."),
                file=name,
            )
        if any(name in after.files_with(other) for other in after.files if other != name):
            # A person who takes a part out of such a file would be refused.
            raise RequestError(
                409,
                "includes_files",
                N_("{file} includes parts of other files"),
                fix=N_("Write these parts into the file, so that it does not need the others."),
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
        if not _are_in_shadow(name, after):
            raise RequestError(
                409,
                "not_in_shadow",
                N_("only rules in shadow mode can be saved in this way"),
                fix=N_("Write `mode: shadow` in each rule. A person makes a rule live."),
            )

    return await services.rulebook.change(
        {name: text}, {name: etag or None}, author=author, permit=permit
    )


def _are_in_shadow(file: str, rules: RuleSet) -> bool:
    """Whether a file has rules, and all of them are in shadow mode."""
    found = [rule.spec.shadow for rule in rules.rules if rule.spec.place.file == file]
    return bool(found) and all(found)


async def promote(services: Services, rule_id: str, author: str, revision: int) -> str:
    """Makes a rule live for everybody, as a revision; returns the rule's file.

    `revision` is what its author has looked at. Otherwise an agent, which may change the rule until
    then, could put another text before the customers.

    Raises:
        NotFoundError: there is no such rule.
        UsageError: the rule is already live for everybody.
        SpliceError: the file is written in a way that cannot be changed automatically.
        ConflictError: another revision is in force.
    """
    file = rule_to_promote(services.rulebook.active.rule_set, rule_id).spec.place.file
    edit = partial(with_rule_promoted, rule_id=rule_id)
    await change_text(services, file, author, edit, revision)
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
