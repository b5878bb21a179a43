"""Clones the rules of a connection for another one: new files, switched off until looked at."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from functools import partial

from automator.engine.rulesets.rule_folder import RuleFile
from automator.engine.rulesets.rulebook import ActiveRules
from automator.files.editing import SpliceError
from automator.model import N_, Problem, Reason, Severity, UsageError, hook_of, record
from automator.reasons.problems.rules import (
    rule_file_not_changeable,
    rule_file_refused,
    rule_listens_already,
)
from automator.resources import DEMO_FOLDER
from automator.rules.editing.edits import (
    connections_of,
    lines_about,
    rule_lines,
    rules_in,
    with_file_switched,
    with_rules_cloned,
)
from automator.server.editing.free_ids import free_name, free_rule_id, start_of_ids
from automator.server.shared.rule_files import rule_files
from automator.server.web.services import Services

#: The id of a clone begins with at most this many characters; a number may follow.
_LONGEST_START = 58


@record
class LeftOut:
    """A rule that is not cloned, and why."""

    rule: str
    file: str
    reason: Reason


@record
class ClonedFile:
    """A new file with clones, not yet saved."""

    name: str
    text: str
    #: The ids of the clones, by the ids of their rules.
    ids: Mapping[str, str]
    #: Warnings about the clones that their rules do not have.
    warnings: list[Problem]
    #: Lines in which the earlier connection or an id may be meant, with their texts.
    doubts: Mapping[int, str]


@record
class ClonePlan:
    """The rules of a connection as rules of another connection."""

    files: list[ClonedFile]
    left_out: list[LeftOut]


async def clone_plan(services: Services, old: str, new: str, author: str) -> ClonePlan:
    """Finds what the clones of a connection's rules would be; saves nothing.

    Raises:
        NotFoundError: there is no such connection.
        UsageError: both are the same connection.
        RequestError: too many checks are waiting already (503).
    """
    for name in (old, new):
        services.connection_named(name)
    if old == new:
        raise UsageError(N_("both are the same connection"), fix=N_("Choose another one."))
    files = await rule_files(services)
    ids: dict[str, str] = {}
    for rule in await services.checks.run(partial(_all_of, files, old), of=author):
        wanted = _wanted_id(rule, old, new)
        ids[rule] = await free_rule_id(services, wanted, ids.values())
    return await services.checks.run(partial(_plan, services, files, ids, old, new), of=author)


async def clone_rules(services: Services, plan: ClonePlan, author: str) -> ActiveRules:
    """Saves the files of a plan as one revision.

    Raises:
        ConflictError: somebody else has made one of the files at the same time.
        RulesRefusedError: somebody else has taken one of the ids at the same time.
    """
    texts = {file.name: file.text for file in plan.files}
    if not texts:
        return services.rulebook.active
    return await services.rulebook.change(texts, dict.fromkeys(texts), author=author)


def _with_app(connection: str) -> set[str]:
    """The names under which rules listen to a connection: its own, and its app's (ADR 36)."""
    return {connection, hook_of(connection)}


def _of(text: str, connection: str) -> list[str]:
    """The ids of the rules in a file that name the connection."""
    return [
        str(rule["id"])
        for rule in rules_in(text)
        if isinstance(rule, dict)
        and rule.get("id")
        and not _with_app(connection).isdisjoint(connections_of(rule))
    ]


def _all_of(files: Mapping[str, RuleFile], connection: str) -> list[str]:
    """The ids of the rules in all files that name the connection."""
    return [rule for file in files.values() for rule in _of(file.text, connection)]


def _wanted_id(rule: str, old: str, new: str) -> str:
    """The id of a rule with the name of the new connection in place of the old one."""
    start = f"{start_of_ids(old)}-"
    rest = rule.removeprefix(start)
    return f"{start_of_ids(new)}-{rest}"[:_LONGEST_START]


def _plan(
    services: Services, files: Mapping[str, RuleFile], ids: Mapping[str, str], old: str, new: str
) -> ClonePlan:
    plan = ClonePlan(files=[], left_out=[])
    taken = set(files)
    for file in files.values():
        of_file = {rule: ids[rule] for rule in _of(file.text, old)}
        heard = of_file.keys() & _of(file.text, new)
        left_out: dict[str, Reason] = dict.fromkeys(heard, rule_listens_already(connection=new))
        if services.rulebook.state_of(file.name) != "in_force":
            left_out = dict.fromkeys(of_file, rule_file_refused(file=file.name))
        kept = {rule: clone for rule, clone in of_file.items() if rule not in left_out}
        name = _name_for(file.name, new, taken)
        while kept:
            try:
                others = {old, *ids} - kept.keys()
                made, errors = _cloned(services, file, name, kept, (old, new), others)
            except SpliceError:
                left_out |= dict.fromkeys(kept, rule_file_not_changeable(file=file.name))
                break
            if not errors:
                plan.files.append(made)
                taken.add(name)
                break
            left_out |= errors
            kept = {rule: clone for rule, clone in kept.items() if rule not in errors}
        plan.left_out.extend(
            LeftOut(rule=rule, file=file.name, reason=left_out[rule])
            for rule in of_file
            if rule in left_out
        )
    return plan


def _name_for(name: str, new: str, taken: Collection[str]) -> str:
    """An unused name for the clone of a file, in its folder; out of the folder of the demo."""
    stem, dot, ending = name.removeprefix(f"{DEMO_FOLDER}/").rpartition(".")
    return free_name(f"{stem}-{start_of_ids(new)}", taken, dot + ending)


def _cloned(
    services: Services,
    file: RuleFile,
    name: str,
    ids: Mapping[str, str],
    connections: tuple[str, str],
    others: Collection[str],
) -> tuple[ClonedFile, dict[str, Reason]]:
    """The clone of a file, and the first error of each rule that the new connection cannot carry
    out.

    An error outside of all rules counts for all. Lines with one of `others` are doubts.
    """
    text = with_file_switched(with_rules_cloned(file.text, ids, *connections), on=False)
    lines, rules = rule_lines(text), list(ids)
    errors: dict[str, Reason] = {}
    warnings = []
    known = [_about(one) for one in services.rulebook.problems if one.file == file.name]
    for problem in services.rulebook.loaded_with(name, text).problems:
        if problem.file != name:
            continue
        if problem.severity is Severity.WARNING:
            warnings += [problem] if _about(problem) not in known else []
            continue
        place = bisect_right(lines, problem.line) - 1
        for rule in rules if place < 0 else [rules[place]]:
            errors.setdefault(rule, problem.reason)
    written = text.splitlines()
    doubts = {line: written[line - 1].strip() for line in lines_about(text, others)}
    cloned = ClonedFile(name=name, text=text, ids=ids, warnings=warnings, doubts=doubts)
    return cloned, errors


def _about(problem: Problem) -> tuple[str, Mapping[str, object]]:
    """The kind of a problem with its values, wherever it is."""
    return problem.code, problem.reason.params
