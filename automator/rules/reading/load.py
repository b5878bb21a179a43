"""Loads rule files: makes a rule set of the files without an error, and collects all problems."""

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from automator.caches import SizedCache
from automator.files import MAX_PROBLEMS, Position, did_you_mean
from automator.files.positions import problem_at
from automator.model import Condition, Expression, Problem, Reason, Severity, record
from automator.reasons import problem_code
from automator.reasons.problems.files.whole_files import syntax_more_problems, syntax_more_warnings
from automator.reasons.problems.rules import (
    rule_from_elsewhere,
    rule_id_taken,
    rule_id_taken_in_force,
    rule_include_earlier,
    rule_include_in_use,
    rule_misspelt_rule,
    rule_reader_failed,
    rule_unknown_rule,
)
from automator.rules.compiled.globs import covers, matches, matches_any
from automator.rules.compiled.rule import CompiledRule
from automator.rules.matching.ruleset import RuleSet
from automator.rules.meaning.listening import (
    SHARED_EVENTS,
    meaning_never_fires,
    nearest_event,
    trigger_emits_to_nobody,
    trigger_event_of_subject,
    trigger_misspelt_event,
    trigger_no_such_event,
)
from automator.rules.meaning.subject import RuleContext
from automator.rules.reading.read_file import (
    Included,
    ReadFile,
    RuleTest,
    includes_nothing,
    read_file,
)

# --- The version of each file: the newest without an error, else the version in force ---

#: Reads a file by its name and its text, with the files that it includes.
Read = Callable[[str, str, Included], ReadFile]


@record(kw_only=False)
class Versions:
    """The version of each file to use, and the files whose newest version is refused."""

    #: The newest version of each file, read with the versions to use of the files it includes.
    newest: tuple[ReadFile, ...]
    #: The files to use, in the order of their names.
    used: tuple[ReadFile, ...]
    #: The text of each file in use; also of files whose rules this configuration cannot read.
    texts: Mapping[str, str]
    #: The files in use whose rules this configuration cannot read.
    unread: tuple[str, ...]
    #: The files whose newest version has an error.
    refused: frozenset[str]
    #: The files that each file in use includes.
    included: Mapping[str, Collection[str]]
    #: A problem for each id that another file has too, and for each included file whose newest
    #: version is not used.
    between: tuple[Problem, ...]


def choose_versions(newest: Mapping[str, str], in_force: Mapping[str, str], read: Read) -> Versions:
    """Chooses the version of each file. If two files have the same id, the later one is refused.

    The file that already has the id in force keeps it; of two new files, the first by name gets it.
    A refused file falls back to its version in force, which may have another id that is taken now.
    So all files are judged again until no further file is refused.

    A file that others include is refused too if one of them has no version that can be read with
    it, and was read with the version in force. It then stays in force even if it was deleted.
    """
    chooser = _Chooser(newest, in_force, read)
    while not chooser.is_settled():
        continue
    texts = {
        name: in_force[name] if name in chooser.refused else newest[name]
        for name in sorted(newest.keys() | chooser.kept.keys())
        if name not in chooser.refused or name in in_force
    }
    return Versions(
        newest=tuple(chooser.newest.values()),
        used=tuple(chooser.used.values()),
        texts=texts,
        unread=tuple(name for name in texts if name not in chooser.used),
        refused=frozenset(chooser.refused),
        included={
            name: [one for one, read in file.included.items() if read is not None]
            for name, file in chooser.used.items()
            if file.included
        },
        between=(
            *(clash.problem for clash in chooser.clashes),
            *chooser.problems_of_included(),
        ),
    )


@record(kw_only=False)
class _Clash:
    """A file with an id that another file has."""

    file: str
    problem: Problem
    #: Whether the other file has the id in the version to use, not just in a refused version.
    is_used: bool


class _Chooser:
    def __init__(self, newest: Mapping[str, str], in_force: Mapping[str, str], read: Read) -> None:
        self._texts = dict(sorted(newest.items()))
        self._in_force = in_force
        self._read = read
        self.newest: dict[str, ReadFile] = {}
        self.refused: set[str] = set()
        #: The included files that stay as they are in force, each with the problems of those that
        #: include it.
        self.kept: dict[str, list[Problem]] = {}
        #: Files whose version in force clashes too: for some time this configuration could not read
        #: it, and another file took its id.
        self._dropped: set[str] = set()
        self.used: dict[str, ReadFile] = {}
        self.clashes: list[_Clash] = []

    def is_settled(self) -> bool:
        """Judges all files once; False if a further file was refused: then judge all again."""
        self.newest = {
            name: self._read(name, text, self._included) for name, text in self._texts.items()
        }
        self.refused |= {name for name, file in self.newest.items() if file.is_broken}
        self.refused |= self.kept.keys()
        self.used = {}
        for name in sorted(self.newest.keys() | self.kept.keys()):
            version = self._version_in_force(name) if name in self.refused else self.newest[name]
            if version is not None and not version.is_broken:
                self.used[name] = version
        if self._keep_included():
            # The files that include them may be read now.
            self.refused, self._dropped = set(), set()
            return False
        self.clashes = list(self._find_clashes())
        late = {clash.file for clash in self.clashes if clash.is_used}
        self._dropped |= late & self.refused
        self.refused |= late
        return not late

    def _included(self, name: str) -> ReadFile | None:
        """The version to use of a file that another one includes."""
        newest = self._texts.get(name)
        if name not in self.refused and name not in self.kept:
            file = None if newest is None else self._read(name, newest, includes_nothing)
            if file is None or not file.is_broken or name not in self._in_force:
                return file
        return self._included_before(name)

    def _included_before(self, name: str) -> ReadFile | None:
        text = self._in_force.get(name)
        return None if text is None else self._read(name, text, includes_nothing)

    def _keep_included(self) -> bool:
        """Keeps the version in force of files without which another file has no version; returns
        whether there are more of them now.
        """
        more: dict[str, list[Problem]] = {}
        for name, file in self.newest.items():
            text = self._in_force.get(name)
            if name in self.used or name in self._dropped or text is None or not file.included:
                continue
            before = self._read(name, text, self._included_before)
            broken = next(one for one in file.problems if one.severity is Severity.ERROR)
            for one in () if before.is_broken else before.included:
                is_other = self._texts.get(one) != self._in_force.get(one)
                if is_other and one not in self.kept:
                    more.setdefault(one, []).append(broken)
        self.kept |= more
        return bool(more)

    def problems_of_included(self) -> Iterator[Problem]:
        """The problems of files that others include, in a version that is not the newest."""
        for name, found in self.kept.items():
            for broken in found:
                yield self._at_top(
                    name,
                    rule_include_in_use(file=broken.file, line=broken.line, problem=broken.reason),
                )
        for name in sorted(self.refused & self._in_force.keys() - self.kept.keys()):
            readers = [file for file, read in self.used.items() if read.included.get(name)]
            if readers:
                problem = self._at_top(name, rule_include_earlier(files=readers))
                yield replace(problem, severity=Severity.WARNING)

    def _at_top(self, name: str, reason: Reason) -> Problem:
        lines = self._texts.get(name, "").split("\n")
        return problem_at(name, lines, Position(1, 1), reason)

    def _version_in_force(self, name: str) -> ReadFile | None:
        if name not in self._in_force or name in self._dropped:
            return None
        return self._read(name, self._in_force[name], self._included)

    def _find_clashes(self) -> Iterator[_Clash]:
        claims: defaultdict[str, dict[str, Problem]] = defaultdict(dict)
        # A refused file comes last, so that it gets the problem and keeps no other file out.
        for name, file in [*self.used.items(), *self.newest.items()]:
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
        return text is not None and rule_id in self._read(name, text, self._included).ids


#: How many pairs are compared: of rules to find rules that never fire, and of events to find events
#: that no rule hears. Usually these are few, but a file of nothing else must not take minutes.
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
    known: dict[tuple[str, str], ReadFile] = {}
    counted: set[str] = set()

    def read(name: str, text: str, included: Included) -> ReadFile:
        file = known.get((name, text))
        if file is None or not file.sees(included):
            file = known[name, text] = read_cached(rule_context, name, text, included)
        if on_progress is not None and name not in counted and files.get(name) == text:
            counted.add(name)
            on_progress(len(counted), len(files))
        return file

    versions = choose_versions(files, in_force or {}, read)
    rules = tuple(rule for file in versions.used for rule in file.rules)
    rule_set = RuleSet(
        rules,
        files=versions.texts,
        digest=digest_of(versions.texts),
        unread=versions.unread,
        included=versions.included,
        snippets={
            name: tuple(snippet.source.parameters)
            for file in versions.used
            for name, snippet in file.shared.snippets.items()
        },
    )
    tests = tuple(test for file in versions.used for test in file.tests)
    problems = sorted(_problems(versions, rule_set))
    return Loaded(rule_set, tests, problems, versions.refused)


def _problems(versions: Versions, rule_set: RuleSet) -> Iterator[Problem]:
    """The problems of each file, and the problems between rules of several files."""
    newest = versions.newest
    emitted = {name for file in (*newest, *versions.used) for name, _ in _raised(file)}
    for file in newest:
        for problem in _listed(file.problems):
            if not (emitted and _is_about(problem, emitted)):
                yield problem
    yield from _listed(versions.between)
    yield from _listed(_never_reached(rule_set, versions.used))
    yield from _listed(_unknown_rules(rule_set, versions.used, newest))
    if not versions.refused:
        yield from _listed(_unheard(rule_set, newest, emitted))


def _is_about(problem: Problem, emitted: Collection[str]) -> bool:
    """Whether the problem is about the name of an event that a rule of any file raises."""
    reason = problem.reason.params["problem"] if is_from_elsewhere(problem) else problem.reason
    if reason.code not in _DOUBTED_EVENTS:
        return False
    name = reason.params["event"]
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
            is_warning = problem.severity is Severity.WARNING
            kind = syntax_more_warnings if is_warning else syntax_more_problems
            found.append(as_reason(replace(problem, length=1), kind(most=MAX_PROBLEMS)))
    return found


def is_from_elsewhere(problem: Problem) -> bool:
    """Whether a problem is about a part that a snippet or `defaults` put in at its place."""
    return problem.reason.code == rule_from_elsewhere.code


def as_reason(problem: Problem, reason: Reason) -> Problem:
    """A problem at the same place with another reason."""
    code = problem_code(reason)
    if is_from_elsewhere(problem):
        reason = replace(problem.reason, params={**problem.reason.params, "problem": reason})
    return replace(problem, reason=reason, code=code)


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
        texts = _texts_of(spec.conditions)
        hiding = (one for one in stopping if texts >= _texts_of(one.spec.conditions))
        first = next((one for one in hiding if covers(one.spec.trigger, spec.trigger)), None)
        if first is not None:
            name = first.spec.id
            problem = as_reason(places[spec.id], meaning_never_fires(rule=spec.id, first=name))
            yield replace(problem, severity=Severity.WARNING)
        elif (
            spec.stop
            and not (spec.shadow or spec.active or spec.pause_ms or spec.rollout or rule.limits)
            and not any(step.drafts for step in spec.steps)
            and all(isinstance(one, Expression) for one in spec.conditions)
        ):
            stopping.append(rule)


def _texts_of(conditions: Iterable[Condition]) -> frozenset[str]:
    """The expressions that must all hold."""
    return frozenset(one.text for one in conditions if isinstance(one, Expression))


def _unknown_rules(
    rule_set: RuleSet, used: Iterable[ReadFile], newest: Iterable[ReadFile]
) -> Iterator[Problem]:
    """A warning for every rule that an action names but that does not exist, or no longer.

    Rules in a refused file count as existing.
    """
    ids = [rule.spec.id for rule in rule_set.rules]
    known = {*ids, *(rule_id for file in newest for rule_id in file.ids)}
    for file in used:
        unknown = (
            (name, problem)
            for key, name, problem in file.mentions
            if key != "event" and name not in known
        )
        for name, problem in islice(unknown, MAX_PROBLEMS + 1):
            nearest = did_you_mean(name, ids)
            reason = rule_unknown_rule(name=name)
            if nearest:
                reason = rule_misspelt_rule(name=name, nearest=nearest)
            yield replace(as_reason(problem, reason), severity=Severity.WARNING)


def _raised(file: ReadFile) -> list[tuple[str, Problem]]:
    """The events that a file's rules raise."""
    return [(name, problem) for key, name, problem in file.mentions if key == "event"]


def _unheard(
    rule_set: RuleSet, files: Iterable[ReadFile], emitted: Collection[str]
) -> Iterator[Problem]:
    """A warning for every event that a rule raises and no rule names, if a rule waits for an event
    of almost this name that nobody raises.
    """
    heard: set[str] = set()
    for spec in (rule.spec for rule in rule_set.rules):
        waits = [one.cancel_on.events for one in spec.every_step() if one.cancel_on]
        waits += [one.of for one in (spec.trigger.absence, spec.limits.both) if one]
        heard.update(spec.trigger.events, *waits)
    raised = [pair for file in files for pair in _raised(file)]
    if len(heard) * max(len(raised), len(emitted)) > _MOST_COMPARED:
        return
    known = [one for one in sorted(heard - SHARED_EVENTS) if not matches_any(one, (*emitted,))]
    for name, problem in raised:
        nearest = None if matches_any(name, (*heard,)) else nearest_event(name, known)
        if nearest is not None:
            reason = trigger_emits_to_nobody(event=name, nearest=nearest)
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


def read_cached(
    rule_context: RuleContext, name: str, text: str, included: Included = includes_nothing
) -> ReadFile:
    """Reads and compiles a file. Raises nothing: a fault of the program becomes a problem."""
    try:
        return _read_or_kept(rule_context, name, text, included)
    except Exception as error:
        # So the other files are still read, and the server starts.
        logger.exception("rules.reader_failed file=%s", name)
        reason = rule_reader_failed(said=f"{type(error).__name__}: {error}")
        code = problem_code(reason)
        problem = Problem(file=name, line=1, column=1, reason=reason, code=code)
        return ReadFile((), (), (problem,), {}, ())


def _read_or_kept(rule_context: RuleContext, name: str, text: str, included: Included) -> ReadFile:
    key = (rule_context.key, name)
    known = _READ.get(key) or ()
    same = (file for its, file in known if its == text and file.sees(included))
    read = next(same, None) or read_file(rule_context, name, text, included)
    _keep(key, ((text, read), *(one for one in known if one[1] is not read)))
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
