"""Rule files, and help while one is written."""

from typing import Literal

from typing_extensions import TypedDict

from automator.server.answers.values import Count, ErrorJson, ProblemJson


class RuleJson(TypedDict):
    """A rule in force, and the place where it stands."""

    id: str
    name: str
    enabled: bool
    file: str
    line: Count


class RuleFileStateJson(TypedDict):
    """A rule file, and whether it, an earlier version of it, or nothing of it is in force."""

    name: str
    etag: str
    state: Literal["in_force", "earlier", "refused"]


class RulesJson(TypedDict):
    """The rules in force, the files, and all problems."""

    revision: Count
    rules: list[RuleJson]
    files: list[RuleFileStateJson]
    problems: list[ProblemJson]


class VersionJson(TypedDict):
    """The text of a rule file with its etag."""

    text: str
    etag: str


class RuleFileJson(VersionJson):
    """A rule file."""

    name: str


class DeletedFileJson(TypedDict):
    """A rule file that was deleted, and the revision without it."""

    name: str
    revision: Count


class SavedFileJson(DeletedFileJson):
    """A rule file that was saved, and the revision with it."""

    etag: str


class ChangedFileJson(ErrorJson):
    """The error of a file that somebody else has changed: its present text, which is null where it
    was deleted, and the difference.
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
    """A problem of a rule file, with what mends it."""

    fixes: list[FixJson]


class CheckedJson(TypedDict):
    """The problems of a text as a rule file."""

    ok: bool
    problems: list[FixableProblemJson]


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
    """The meaning of the word between two offsets; without a title there is none."""

    start: Count
    end: Count
    title: str
    text: str


class PromotedJson(TypedDict):
    """A rule that is live for everybody now."""

    rule: str
    file: str
    revision: Count
