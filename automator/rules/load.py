"""Rule files → a rule set, or every problem of every file at once."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from automator.files import MAX_BYTES, MAX_PROBLEMS, did_you_mean
from automator.model import Problem, Severity
from automator.plugins import AnyAction
from automator.rules.check_meaning import covers
from automator.rules.check_policy import Policies
from automator.rules.collector import more_of
from automator.rules.compiled import CompiledRule
from automator.rules.read_file import ReadFile, Surroundings, read_file
from automator.rules.ruleset import RuleSet
from automator.time_intervals import TimeInterval

_SUFFIXES = (".yaml", ".yml")
#: Pairs of rules that are compared to find one that never fires. Rules that stop all others and
#: have no conditions are few; a file of nothing else must not take minutes.
_MOST_COMPARED = 50_000

#: Files read, and files in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What rule files say. `rule_set` is None when there is an error in any of them."""

    rule_set: RuleSet | None
    #: In the order of their places; warnings may stand here beside a rule set.
    problems: list[Problem]


def load_rules(
    files: Mapping[str, str],
    *,
    actions: Mapping[str, AnyAction],
    connections: Mapping[str, str] | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002  # The word of the rule language.
    time_intervals: Mapping[str, TimeInterval] | None = None,
    providers: Iterable[str] | None = None,
    known_paths: Mapping[str, Iterable[str]] | None = None,
    policies: Policies | None = None,
    on_progress: Progress | None = None,
) -> Loaded:
    """Reads all rule files together. Raises nothing: what is wrong stands in `problems`.

    `connections` are the configured ones with their providers, `time_intervals` those of
    automator.yaml, `providers` the kinds of senders that there are, `known_paths` what the samples
    of each type of event have, `policies` what the platforms of providers allow; None is what is
    not known and shall not be checked. `vars` are those of automator.yaml. After each file,
    `on_progress` hears how many are read, and of how many.
    """
    surroundings = Surroundings.of(
        actions, connections, vars or {}, time_intervals, providers, known_paths, policies
    )
    read: list[ReadFile] = []
    for name in sorted(files):
        read.append(read_file(surroundings, name, files[name]))
        if on_progress is not None:
            on_progress(len(read), len(files))
    taken = _listed(_taken_ids(read))
    problems = sorted([*(p for file in read for p in file.problems), *taken])
    if any(problem.severity is Severity.ERROR for problem in problems):
        return Loaded(None, problems)
    rules = tuple(rule for file in read for rule in file.rules)
    rule_set = RuleSet(rules, files=dict(files), digest=digest_of(files))
    advice = [*_listed(_never_reached(rule_set, read)), *_listed(_unknown_rules(rule_set, read))]
    return Loaded(rule_set, sorted([*problems, *advice]))


def _listed(problems: Iterable[Problem]) -> list[Problem]:
    """The first problems of each file, and one that says that there are more of the kind."""
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
    places = {rule_id: problem for file in files for rule_id, problem in file.ids}
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
            fix = f"give it a higher priority than '{name}', or take stop: true away there."
            message = f"'{spec.id}' never fires: '{name}' comes before it and always stops"
            place = places[spec.id]
            yield replace(
                place, message=message, code="never-fires", fix=fix, severity=Severity.WARNING
            )
        elif spec.stop and not (
            spec.shadow or spec.conditions or spec.active or spec.pause_ms or rule.limits
        ):
            stopping.append(rule)


def _unknown_rules(rule_set: RuleSet, files: Iterable[ReadFile]) -> Iterator[Problem]:
    """A warning for every rule that an action names and that is not there (any more)."""
    ids = [rule.spec.id for rule in rule_set.rules]
    for file in files:
        unknown = (pair for pair in file.mentions if rule_set.rule(pair[0]) is None)
        for name, problem in islice(unknown, MAX_PROBLEMS + 1):
            nearest = did_you_mean(name, ids)
            fix = f"did you mean '{nearest}'?" if nearest else "write the id of a rule."
            message = f"there is no rule '{name}'"
            yield replace(problem, message=message, fix=fix, severity=Severity.WARNING)


def _taken_ids(files: Iterable[ReadFile]) -> Iterator[Problem]:
    """A problem for every rule whose id another one before it has."""
    places: dict[str, str] = {}
    for rule_id, problem in (pair for file in files for pair in file.ids):
        here = f"{problem.file}:{problem.line}"
        other = places.setdefault(rule_id, here)
        if other != here:
            message = f"the id '{rule_id}' is already taken by {other}"
            yield replace(problem, message=message)


def digest_of(files: Mapping[str, str]) -> str:
    """The SHA-256 of names and texts, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name, files[name]):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def read_rule_files(folder: Path) -> dict[str, str]:
    """The rule files below a folder by their names relative to it, in the order of the names.

    Hidden files and folders, and links that lead out of the folder, are left out. A file that is
    too large is read just far enough to be reported.

    Raises:
        OSError: a file cannot be read.
    """
    root = folder.resolve()
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or path.suffix not in _SUFFIXES or not path.is_file():
            continue
        if path.resolve().is_relative_to(root):
            # Gone since the folder was listed: as if it had never been there.
            with suppress(FileNotFoundError), path.open("rb") as file:
                files[relative.as_posix()] = file.read(MAX_BYTES + 1).decode("utf-8", "replace")
    return files
