"""Chooses the version of each rule file: the newest without an error, else the one in force."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from automator.model import Problem, record
from automator.reasons.problems.rules import RULE_ID_TAKEN, RULE_ID_TAKEN_IN_FORCE
from automator.rules.reading.collector import as_reason
from automator.rules.reading.read_file import ReadFile

#: Reads a file by its name and its text.
Read = Callable[[str, str], ReadFile]


@record(kw_only=False)
class Versions:
    """The versions that are used, and the files whose newest version is not."""

    #: The files whose rules are used, in the order of their names.
    used: tuple[ReadFile, ...]
    #: The text of each file that stays in force, also of one whose rules cannot be read here.
    texts: Mapping[str, str]
    #: The files that stay in force and whose rules cannot be read here.
    unread: tuple[str, ...]
    #: The files whose newest version has an error.
    refused: frozenset[str]
    #: A problem for each id that another file has.
    clashes: tuple[Problem, ...]


def choose_versions(newest: Mapping[str, str], in_force: Mapping[str, str], read: Read) -> Versions:
    """Judges each file alone; an id that two files have is a problem of the file that took it
    later.

    The file that has the id in force keeps it; of two new files the first by name gets it. A
    refused file falls back to its version in force, which may take an id back, so all are judged
    again until no further file is refused.
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
    """A file with an id that another one has."""

    file: str
    problem: Problem
    #: The version that is used has the id, and not only a newest one that is refused anyway.
    is_used: bool


class _Chooser:
    def __init__(self, newest: Mapping[str, str], in_force: Mapping[str, str], read: Read) -> None:
        self._in_force = in_force
        self._read = read
        self._newest = {name: read(name, text) for name, text in sorted(newest.items())}
        self.refused = {name for name, file in self._newest.items() if file.is_broken}
        #: Files whose version in force clashes as well: it could not be read here for a time.
        self._dropped: set[str] = set()
        self.used: dict[str, ReadFile] = {}
        self.clashes: list[_Clash] = []

    def is_settled(self) -> bool:
        """Judges all files; False when another file was refused, so that all have to be judged."""
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
        # A refused file claims its ids last: it gets the problem, and keeps no other file out.
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
        kind = RULE_ID_TAKEN_IN_FORCE if is_in_force else RULE_ID_TAKEN
        reason = kind(id=rule_id, file=by_file[owner].file, line=by_file[owner].line)
        for name in others:
            yield _Clash(name, as_reason(by_file[name], reason), is_used[name])

    def _holds(self, name: str, rule_id: str) -> bool:
        """Whether the version of a file that is in force has this id."""
        text = self._in_force.get(name)
        return text is not None and rule_id in self._read(name, text).ids
