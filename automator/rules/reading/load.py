"""Loads rule files: makes a rule set of those without errors, and collects all problems."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from automator.files import MAX_PROBLEMS, did_you_mean
from automator.model import Problem, Severity, record
from automator.reasons.problems.meaning.listening import NEVER_FIRES
from automator.reasons.problems.rules import MISSPELT_RULE, UNKNOWN_RULE
from automator.reasons.problems.triggers import EVENT_OF_SUBJECT, MISSPELT_EVENT, NO_SUCH_EVENT
from automator.rules.compiled.globs import covers, matches
from automator.rules.compiled.rule import CompiledRule
from automator.rules.matching.ruleset import RuleSet
from automator.rules.reading.collector import as_reason, more_of
from automator.rules.reading.file_cache import read_cached
from automator.rules.reading.read_file import ReadFile
from automator.rules.reading.read_tests import RuleTest
from automator.rules.reading.surroundings import Surroundings
from automator.rules.reading.versions import Versions, choose_versions

#: Pairs of rules that are compared to find one that never fires. Rules that stop all others and
#: have no conditions are few; a file of nothing else must not take minutes.
_MOST_COMPARED = 50_000
#: Codes of problems about names of events that no provider sends.
_DOUBTED_EVENTS = {kind.code for kind in (EVENT_OF_SUBJECT, MISSPELT_EVENT, NO_SUCH_EVENT)}

#: Files read, and files in all.
Progress = Callable[[int, int], None]


@record(kw_only=False)
class Loaded:
    """The result of reading rule files."""

    #: The rules of every file without an error, and of the versions in force of the others.
    rule_set: RuleSet
    #: The tests of these rules.
    tests: tuple[RuleTest, ...]
    #: In the order of their places: errors of the refused files, and warnings.
    problems: list[Problem]
    #: The files whose newest version has an error and is not used.
    refused: frozenset[str]


def load_rules(
    surroundings: Surroundings,
    files: Mapping[str, str],
    in_force: Mapping[str, str] | None = None,
    *,
    on_progress: Progress | None = None,
) -> Loaded:
    """Reads all rule files together. Raises nothing: what is wrong stands in `problems`.

    `in_force` are the versions of files that stay in force where the new one has an error. After
    each file, `on_progress` hears how many are read, and of how many.
    """
    newest: dict[str, ReadFile] = {}
    for name in sorted(files):
        newest[name] = read_cached(surroundings, name, files[name])
        if on_progress is not None:
            on_progress(len(newest), len(files))

    def read(name: str, text: str) -> ReadFile:
        return newest[name] if files.get(name) == text else read_cached(surroundings, name, text)

    versions = choose_versions(files, in_force or {}, read)
    rules = tuple(rule for file in versions.used for rule in file.rules)
    rule_set = RuleSet(
        rules,
        files=versions.texts,
        digest=digest_of(versions.texts),
        unread=versions.unread,
    )
    tests = tuple(test for file in versions.used for test in file.tests)
    problems = sorted(_problems(newest.values(), versions, rule_set))
    return Loaded(rule_set, tests, problems, versions.refused)


def _problems(
    newest: Collection[ReadFile], versions: Versions, rule_set: RuleSet
) -> Iterator[Problem]:
    """The problems of each file, and those between rules of several files."""
    emitted = {name for file in (*newest, *versions.used) for name in file.emits}
    for file in newest:
        for problem in file.problems:
            if not (emitted and _is_about(problem, emitted)):
                yield problem
    yield from _listed(versions.clashes)
    yield from _listed(_never_reached(rule_set, versions.used))
    yield from _listed(_unknown_rules(rule_set, versions.used, newest))


def _is_about(problem: Problem, emitted: Collection[str]) -> bool:
    """Whether the problem doubts the name of an event that a rule raises, maybe a rule of another
    file.
    """
    if problem.reason.code not in _DOUBTED_EVENTS:
        return False
    name = problem.reason.params["event"]
    return any(matches(one, name) for one in emitted)


def _listed(problems: Iterable[Problem]) -> list[Problem]:
    """The first problems of each file, and one that says that there are more."""
    counts: Counter[str] = Counter()
    found: list[Problem] = []
    for problem in problems:
        counts[problem.file] += 1
        if counts[problem.file] <= MAX_PROBLEMS:
            found.append(problem)
        elif counts[problem.file] == MAX_PROBLEMS + 1:
            found.append(more_of(problem))
    return found


def _never_reached(rule_set: RuleSet, files: Iterable[ReadFile]) -> Iterator[Problem]:
    """A warning for every rule that one before it always stops."""
    places = {rule_id: problem for file in files for rule_id, problem in file.ids.items()}
    stopping: list[CompiledRule] = []
    compared = 0
    for rule in rule_set.rules:
        compared += len(stopping)
        if compared > _MOST_COMPARED:
            return
        spec = rule.spec
        if not spec.enabled or spec.trigger.schedule is not None:
            continue
        first = next((one for one in stopping if covers(one.spec.trigger, spec.trigger)), None)
        if first is not None:
            name = first.spec.id
            problem = as_reason(places[spec.id], NEVER_FIRES(rule=spec.id, first=name))
            yield replace(problem, severity=Severity.WARNING)
        elif spec.stop and not (
            spec.shadow or spec.conditions or spec.active or spec.pause_ms or rule.limits
        ):
            stopping.append(rule)


def _unknown_rules(
    rule_set: RuleSet, used: Iterable[ReadFile], newest: Iterable[ReadFile]
) -> Iterator[Problem]:
    """A warning for every rule that an action names and that does not exist (any more).

    A rule in a file that is refused counts as existing.
    """
    ids = [rule.spec.id for rule in rule_set.rules]
    known = {*ids, *(rule_id for file in newest for rule_id in file.ids)}
    for file in used:
        unknown = (pair for pair in file.mentions if pair[0] not in known)
        for name, problem in islice(unknown, MAX_PROBLEMS + 1):
            nearest = did_you_mean(name, ids)
            reason = UNKNOWN_RULE(name=name)
            if nearest:
                reason = MISSPELT_RULE(name=name, nearest=nearest)
            yield replace(as_reason(problem, reason), severity=Severity.WARNING)


def digest_of(files: Mapping[str, str]) -> str:
    """The SHA-256 of names and texts, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name, files[name]):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
