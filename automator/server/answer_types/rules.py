"""The JSON of rule files, and of help for people who write them."""

from typing import Any, Literal

from typing_extensions import TypedDict

from automator.server.answer_types.common import (
    Count,
    ErrorJson,
    ProblemJson,
    SaidReasonJson,
    Time,
)


class RuleCountsJson(TypedDict):
    """The events that a rule was shown since the server started, and the runs that they started.

    `hidden`: its conditions hold, and another rule acts in its place, or is still to be decided.
    """

    considered: Count
    unmet: Count
    hidden: Count
    matched: Count
    held_back: Count
    failed: Count
    lag_ms: Count | None


class RuleJson(TypedDict):
    """A rule in force, its place in a rule file, and when it last started a run.

    `rollout` is the share of people in percent, or null.
    """

    id: str
    name: str
    enabled: bool
    shadow: bool
    rollout: float | None
    file: str
    line: Count
    last_run_at: Time | None
    counts: RuleCountsJson | None


class RuleFileStateJson(TypedDict):
    """A rule file, and whether this version, an earlier version, or no version is in force."""

    name: str
    etag: str
    state: Literal["in_force", "earlier", "refused"]


class RulesJson(TypedDict):
    """A page of the rules in force, the id after which the next begins, the files, and problems."""

    revision: Count
    rules: list[RuleJson]
    next: str | None
    files: list[RuleFileStateJson]
    problems: list[ProblemJson]


class VersionJson(TypedDict):
    """The text of a rule file, and its etag."""

    text: str
    etag: str


class RuleFileJson(VersionJson):
    """A rule file."""

    name: str


class DeletedFileJson(TypedDict):
    """A deleted rule file, and the revision without the file."""

    name: str
    revision: Count


class SavedFileJson(DeletedFileJson):
    """A saved rule file, and the revision with the file."""

    etag: str


class ChangedFileJson(ErrorJson):
    """The error about a file that somebody else has changed, with its text and the difference.

    `current` is null if the file was deleted.
    """

    current: VersionJson | None
    diff: list[str]


class EditJson(TypedDict):
    """A part of a text, and its replacement."""

    start: Count
    end: Count
    insert: str


class FixJson(TypedDict):
    """A change that mends a problem."""

    label: str
    edits: list[EditJson]


class FixableProblemJson(ProblemJson):
    """A problem of a rule file, with the changes that mend it."""

    fixes: list[FixJson]


class CheckedJson(TypedDict):
    """The problems that a text would have as a rule file."""

    ok: bool
    problems: list[FixableProblemJson]


class FailureJson(SaidReasonJson):
    """A difference between what a test expects and what happened, and its place in the test."""

    place: str


class TestResultJson(TypedDict):
    """The result of a test."""

    rule: str
    name: str
    place: str
    passed: bool
    seconds: float
    failures: list[FailureJson]


class TestedFileJson(TypedDict):
    """The results of the tests of a file; `ok` means that all have run and passed."""

    ok: bool
    broken: bool
    left_out: Count
    tests: list[TestResultJson]


class OptionJson(TypedDict):
    """A word that can be written at a place."""

    label: str
    insert: str
    detail: str
    kind: str
    needed: bool
    info: str


class CompletionJson(TypedDict):
    """The words that can be written between two offsets."""

    start: Count
    end: Count
    options: list[OptionJson]


class AboutJson(TypedDict):
    """The meaning of the word between two offsets; without a title, nothing is known about it."""

    start: Count
    end: Count
    title: str
    text: str


#: What happens to a rule or a file.
ChangeKind = Literal["new", "deleted", "changed"]


class RevisionJson(TypedDict):
    """The revision of the rules that a change has made."""

    revision: Count


class PlanJson(TypedDict):
    """The changes that new texts of rule files and of automator.yaml would make.

    `settings` has the keys of automator.yaml. `ends` counts, by rule, the waits that the change
    ends, and `goes_on` the follow-ups of deleted rules, which still go out. `compared` has the
    decisions about the newest events that would have been different.
    """

    changes: bool
    files: dict[str, ChangeKind]
    rules: dict[str, ChangeKind]
    settings: list[str]
    ends: dict[str, Count]
    goes_on: dict[str, Count]
    errors: list[ProblemJson]
    compared: dict[str, Any] | None
    text: str


class PromotedJson(TypedDict):
    """A rule that is now live for everybody."""

    rule: str
    file: str
    revision: Count


class CloneJson(TypedDict):
    """The clone of a rule, in a new file."""

    rule: str
    clone: str
    file: str


class LeftOutRuleJson(SaidReasonJson):
    """A rule that is not cloned, and why."""

    rule: str
    file: str


class DoubtJson(TypedDict):
    """A line of a new file that may still mean the earlier connection."""

    file: str
    line: Count
    text: str


class ClonesJson(TypedDict):
    """The clones of a connection's rules; the revision is null as long as they are only planned."""

    clones: list[CloneJson]
    left_out: list[LeftOutRuleJson]
    problems: list[ProblemJson]
    doubts: list[DoubtJson]
    revision: Count | None
