"""Loads rule files: makes a rule set of the files without an error, and collects all problems."""

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from automator.caches import SizedCache
from automator.files import MAX_PROBLEMS, did_you_mean
from automator.model import Problem, Reason, Severity, record
from automator.reasons import problem_code
from automator.reasons.problems.files.whole_files import syntax_more_problems, syntax_more_warnings
from automator.reasons.problems.rules import (
    rule_id_taken,
    rule_id_taken_in_force,
    rule_misspelt_rule,
    rule_reader_failed,
    rule_unknown_rule,
)
from automator.rules.compiled.globs import covers, matches
from automator.rules.compiled.rule import CompiledRule
from automator.rules.matching.ruleset import RuleSet
from automator.rules.meaning.listening import (
    meaning_never_fires,
    trigger_event_of_subject,
    trigger_misspelt_event,
    trigger_no_such_event,
)
from automator.rules.meaning.subject import RuleContext
from automator.rules.reading.read_file import ReadFile, RuleTest, read_file

# --- The version of each file: the newest without an error, else the version in force ---

#: Reads a file by its name and its text.
Read = Callable[[str, str], ReadFile]


@record(kw_only=False)
class Versions:
    """The version of each file to use, and the files whose newest version is refused."""

    #: The files to use, in the order of their names.
    used: tuple[ReadFile, ...]
    #: The text of each file in use; also of files whose rules this configuration cannot read.
    texts: Mapping[str, str]
    #: The files in use whose rules this configuration cannot read.
    unread: tuple[str, ...]
    #: The files whose newest version has an error.
    refused: frozenset[str]
    #: A problem for each id that another file has too.
    clashes: tuple[Problem, ...]


def choose_versions(newest: Mapping[str, str], in_force: Mapping[str, str], read: Read) -> Versions:
    """Chooses the version of each file. If two files have the same id, the later one is refused.

    The file that already has the id in force keeps it; of two new files, the first by name gets it.
    A refused file falls back to its version in force, which may have another id that is taken now.
    So all files are judged again until no further file is refused.
    """
    chooser = _Chooser(newest, in_force, read)
    while not chooser.is_settled():
        continue
    texts = {
        name: in_force[name] if name in chooser.refused else text
        for name, text in newest.items()
        if name not in chooser.refused or name in in_force
    }
    clashes = tuple(clash.problem for clash in chooser.clashes)
    unread = tuple(name for name in texts if name not in chooser.used)
    used = tuple(chooser.used.values())
    return Versions(used, texts, unread, frozenset(chooser.refused), clashes)


@record(kw_only=False)
class _Clash:
    """A file with an id that another file has."""

    file: str
    problem: Problem
    #: Whether the other file has the id in the version to use, not just in a refused version.
    is_used: bool


class _Chooser:
    def __init__(self, newest: Mapping[str, str], in_force: Mapping[str, str], read: Read) -> None:
        self._in_force = in_force
        self._read = read
        self._newest = {name: read(name, text) for name, text in sorted(newest.items())}
        self.refused = {name for name, file in self._newest.items() if file.is_broken}
        #: Files whose version in force clashes too: for some time this configuration could not read
        #: it, and another file took its id.
        self._dropped: set[str] = set()
        self.used: dict[str, ReadFile] = {}
        self.clashes: list[_Clash] = []

    def is_settled(self) -> bool:
        """Judges all files once; False if a further file was refused: then judge all again."""
        self.used = {}
        for name, file in self._newest.items():
            version = self._version_in_force(name) if name in self.refused else file
            if version is not None and not version.is_broken:
                self.used[name] = version
        self.clashes = list(self._find_clashes())
        late = {clash.file for clash in self.clashes if clash.is_used}
        self._dropped |= late & self.refused
        self.refused |= late
        return not late

    def _version_in_force(self, name: str) -> ReadFile | None:
        if name not in self._in_force or name in self._dropped:
            return None
        return self._read(name, self._in_force[name])

    def _find_clashes(self) -> Iterator[_Clash]:
        claims: defaultdict[str, dict[str, Problem]] = defaultdict(dict)
        # A refused file comes last, so that it gets the problem and keeps no other file out.
        for name, file in [*self.used.items(), *self._newest.items()]:
            for rule_id, problem in file.ids.items():
                claims[rule_id].setdefault(name, problem)
        for rule_id, by_file in claims.items():
            if len(by_file) > 1:
                yield from self._clashes_of(rule_id, by_file)

    def _clashes_of(self, rule_id: str, by_file: Mapping[str, Problem]) -> Iterator[_Clash]:
        is_used = {name: name in self.used and rule_id in self.used[name].ids for name in by_file}
        owner, *others = sorted(
            by_file, key=lambda name: (not is_used[name], not self._holds(name, rule_id), name)
        )
        is_in_force = is_used[owner] and owner in self.refused
        kind = rule_id_taken_in_force if is_in_force else rule_id_taken
        reason = kind(id=rule_id, file=by_file[owner].file, line=by_file[owner].line)
        for name in others:
            yield _Clash(name, as_reason(by_file[name], reason), is_used[name])

    def _holds(self, name: str, rule_id: str) -> bool:
        """Whether the version of a file that is in force has this id."""
        text = self._in_force.get(name)
        return text is not None and rule_id in self._read(name, text).ids


#: How many pairs of rules are compared to find rules that never fire. Usually few rules have `stop`
#: and no conditions, but a file of only such rules must not take minutes.
_MOST_COMPARED = 50_000
#: The codes of problems about an event that no provider sends.
_DOUBTED_EVENTS = {
    kind.code for kind in (trigger_event_of_subject, trigger_misspelt_event, trigger_no_such_event)
}

#: Called with the number of files read so far, and of all files.
Progress = Callable[[int, int], None]


@record(kw_only=False)
class Loaded:
    """The result of reading rule files."""

    #: The rules of every file: of its newest version without an error, else of its version in
    #: force.
    rule_set: RuleSet
    #: The tests of these rules.
    tests: tuple[RuleTest, ...]
    #: The errors of the refused files, and warnings, in the order of their places.
    problems: list[Problem]
    #: The files whose newest version has an error and is not used.
    refused: frozenset[str]


def load_rules(
    rule_context: RuleContext,
    files: Mapping[str, str],
    in_force: Mapping[str, str] | None = None,
    *,
    on_progress: Progress | None = None,
) -> Loaded:
    """Reads all rule files together. It raises nothing: mistakes are listed in `problems`.

    `in_force` are the versions to keep for files whose new version has an error. `on_progress` is
    called after each file.
    """
    newest: dict[str, ReadFile] = {}
    for name in sorted(files):
        newest[name] = read_cached(rule_context, name, files[name])
        if on_progress is not None:
            on_progress(len(newest), len(files))

    def read(name: str, text: str) -> ReadFile:
        return newest[name] if files.get(name) == text else read_cached(rule_context, name, text)

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
    """The problems of each file, and the problems between rules of several files."""
    emitted = {name for file in (*newest, *versions.used) for name in file.emits}
    for file in newest:
        for problem in _listed(file.problems):
            if not (emitted and _is_about(problem, emitted)):
                yield problem
    yield from _listed(versions.clashes)
    yield from _listed(_never_reached(rule_set, versions.used))
    yield from _listed(_unknown_rules(rule_set, versions.used, newest))


def _is_about(problem: Problem, emitted: Collection[str]) -> bool:
    """Whether the problem is about the name of an event that a rule of any file raises."""
    if problem.reason.code not in _DOUBTED_EVENTS:
        return False
    name = problem.reason.params["event"]
    return any(matches(one, name) for one in emitted)


def _listed(problems: Iterable[Problem]) -> list[Problem]:
    """The first errors and warnings of each file, and a problem that says that there are more."""
    counts: Counter[tuple[str, Severity]] = Counter()
    found: list[Problem] = []
    for problem in problems:
        counts[problem.file, problem.severity] += 1
        count = counts[problem.file, problem.severity]
        if count <= MAX_PROBLEMS:
            found.append(problem)
        elif count == MAX_PROBLEMS + 1:
            kind = (
                syntax_more_warnings
                if problem.severity is Severity.WARNING
                else syntax_more_problems
            )
            found.append(as_reason(replace(problem, length=1), kind(most=MAX_PROBLEMS)))
    return found


def as_reason(problem: Problem, reason: Reason) -> Problem:
    """A problem at the same place with another reason."""
    return replace(problem, reason=reason, code=problem_code(reason))


def _never_reached(rule_set: RuleSet, files: Iterable[ReadFile]) -> Iterator[Problem]:
    """A warning for every rule that an earlier rule always stops."""
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
            problem = as_reason(places[spec.id], meaning_never_fires(rule=spec.id, first=name))
            yield replace(problem, severity=Severity.WARNING)
        elif spec.stop and not (
            spec.shadow or spec.conditions or spec.active or spec.pause_ms or rule.limits
        ):
            stopping.append(rule)


def _unknown_rules(
    rule_set: RuleSet, used: Iterable[ReadFile], newest: Iterable[ReadFile]
) -> Iterator[Problem]:
    """A warning for every rule that an action names but that does not exist, or no longer.

    Rules in a refused file count as existing.
    """
    ids = [rule.spec.id for rule in rule_set.rules]
    known = {*ids, *(rule_id for file in newest for rule_id in file.ids)}
    for file in used:
        unknown = (pair for pair in file.mentions if pair[0] not in known)
        for name, problem in islice(unknown, MAX_PROBLEMS + 1):
            nearest = did_you_mean(name, ids)
            reason = rule_unknown_rule(name=name)
            if nearest:
                reason = rule_misspelt_rule(name=name, nearest=nearest)
            yield replace(as_reason(problem, reason), severity=Severity.WARNING)


def digest_of(files: Mapping[str, str]) -> str:
    """The SHA-256 of names and texts, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name, files[name]):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


# --- Recently read files: an unchanged file is read once ---


logger = logging.getLogger(__name__)

#: Bytes of the cache of files, enough for 10,000 rules. It also holds texts that somebody only
#: checks and does not save.
_MOST_BYTES: Final = 144_000_000
#: The estimated size of a file: a fixed part, a part for each character, and a part for short texts
#: that compile to large objects.
_BYTES: Final = 10_000
_BYTES_PER_CHARACTER: Final = 30
_BYTES_OF: Final = {"matches(": 6_000, "{{": 1_000}
#: How many versions of a file are cached: the version in force, the version on disk, and two that
#: somebody is trying. So saving a file a hundred times does not fill the cache.
_VERSIONS: Final = 4
Version = tuple[str, ReadFile]
_READ: Final[SizedCache[tuple[Hashable, str], tuple[Version, ...]]] = SizedCache(_MOST_BYTES)


def read_cached(rule_context: RuleContext, name: str, text: str) -> ReadFile:
    """Reads and compiles a file. Raises nothing: a fault of the program becomes a problem."""
    try:
        return _read_or_kept(rule_context, name, text)
    except Exception as error:
        # So the other files are still read, and the server starts.
        logger.exception("rules.reader_failed file=%s", name)
        reason = rule_reader_failed(said=f"{type(error).__name__}: {error}")
        code = problem_code(reason)
        problem = Problem(file=name, line=1, column=1, reason=reason, code=code)
        return ReadFile((), (), (problem,), {}, ())


def _read_or_kept(rule_context: RuleContext, name: str, text: str) -> ReadFile:
    key = (rule_context.key, name)
    known = dict(_READ.get(key) or ())
    read = known.pop(text, None) or read_file(rule_context, name, text)
    _keep(key, ((text, read), *known.items()))
    return read


def _weight(text: str) -> int:
    large = sum(size * text.count(word) for word, size in _BYTES_OF.items())
    return _BYTES + _BYTES_PER_CHARACTER * len(text) + large


def _keep(key: tuple[Hashable, str], versions: Iterable[Version]) -> None:
    """Keeps the newest of these versions, as many as the cache holds of one file."""
    kept: list[Version] = []
    weight = 0
    for version in islice(versions, _VERSIONS):
        more = _weight(version[0])
        if kept and weight + more > _READ.most_at_once:
            break
        kept.append(version)
        weight += more
    _READ.put(key, tuple(kept), weight)
