"""Declares every report once: its name, parameters, address and help.

A report's call of the API, its command, and the same command without a server are made from its
declaration. The module with the report's name in this folder has `answer`, which computes the
result, and `as_text`, which describes it. Only a request for the report imports the module, because
every command reads these declarations when it starts.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Generic, Protocol, TypeVar, get_type_hints
from urllib.parse import quote
from zoneinfo import ZoneInfo

from automator.model import record
from automator.server.web.security import Role

if TYPE_CHECKING:
    from automator.configuration.settings import Settings
    from automator.engine.rulesets.revisions import Revisions
    from automator.language import Translator
    from automator.plugins import AnyAction
    from automator.rules import RuleSet
    from automator.store import Log

AskedT = TypeVar("AskedT")
T = TypeVar("T")


class ReportSource(Protocol):
    """The source of a report: a running server, or a data folder without a server."""

    @property
    def log(self) -> "Log": ...
    @property
    def settings(self) -> "Settings": ...
    @property
    def actions(self) -> "Mapping[str, AnyAction]": ...
    @property
    def revisions(self) -> "Revisions": ...
    @property
    def now_ms(self) -> int: ...
    @property
    def zone(self) -> ZoneInfo: ...

    async def rules(self) -> "tuple[RuleSet, int]":
        """The rules that the report is about, and their revision."""
        ...

    async def work(self, do: Callable[[], T], *, is_long: bool = False) -> T:
        """Calls `do`, which blocks, and returns its result; a server does so in a thread.

        A server does only one piece of long work at a time.

        Raises:
            RequestError: too much work is waiting already.
        """
        ...


@record
class Text:
    """A parameter that is a text."""

    about: str
    usual: str = ""
    #: Whether it is an argument of the command, and not an option.
    is_argument: bool = False


@record
class Number:
    """A parameter that is a whole number from 1."""

    about: str
    usual: int
    most: int
    #: The usual number of the command; None if it is `usual`. It is larger where a person at a
    #: terminal can wait longer than for a page.
    at_terminal: int | None = None
    #: Whether a missing number is None, because a setting has the default.
    is_setting: bool = False


@record
class Report(Generic[AskedT]):
    """The declaration of a report."""

    name: str
    #: The help of the command.
    help: str
    #: The description of the API call.
    about: str
    #: The path of the API call; a parameter in braces is a part of the path.
    path: str
    #: A record whose fields are the parameters, each annotated with a `Text` or a `Number`.
    asked: type[AskedT]
    #: The name of the answer's type in `server/answer_types/`.
    shape: str
    #: The group of the API to which the call belongs.
    group: str = "figures"
    role: Role = Role.VIEWER

    def parameters(self) -> dict[str, Text | Number]:
        """The parameters by their names, in order."""
        hints = get_type_hints(self.asked, include_extras=True)
        return {name: hint.__metadata__[0] for name, hint in hints.items()}

    def is_in_path(self, name: str) -> bool:
        """Whether a parameter is a part of the path, and is therefore required."""
        return f"{{{name}}}" in self.path

    def address(self, asked: AskedT) -> tuple[str, dict[str, Any]]:
        """The path of the API call with these values, and the parameters of its query."""
        values = {name: getattr(asked, name) for name in self.parameters()}
        path = self.path.format_map({name: quote(str(v), safe="") for name, v in values.items()})
        return path, {name: v for name, v in values.items() if v and not self.is_in_path(name)}

    async def answer(self, here: ReportSource, asked: AskedT) -> Any:
        """Computes the result, which has a method `as_json`."""
        return await self._module().answer(here, asked)

    def as_text(self, found: Any, _: "Translator") -> str:
        """Describes the result in words, for the terminal."""
        return str(self._module().as_text(found, _))

    def _module(self) -> Any:
        return import_module(f"{__package__}.{self.name}")


_DAYS = "How many days to look back."
_EVENTS = "How many of the newest events to look at."
EVENTS = Number(about=_EVENTS, usual=4_000, most=200_000, at_terminal=50_000)
RUNS = Number(
    about="How many of its newest runs to look at.", usual=300, most=20_000, at_terminal=5_000
)


@record
class MissedAsked:
    """The parameters of `missed`: days, the longest wait, limits, and a connection ("" = all)."""

    days: Annotated[int, Number(about=_DAYS, usual=7, most=365)]
    minutes: Annotated[
        int | None,
        Number(
            about="How long somebody may wait; 30, or `missed_buyers.after` of automator.yaml.",
            usual=30,
            most=1_440,
            is_setting=True,
        ),
    ]
    events: Annotated[int, EVENTS]
    limit: Annotated[int, Number(about="How many people to list.", usual=50, most=200)]
    connection: Annotated[str, Text(about="Only people of this connection.")]


MISSED = Report(
    name="missed",
    help="Show who wanted to buy and was not answered in time, and why no rule answered.",
    about="The people who want to buy and had no answer in time, each with why no rule answered.",
    path="/api/missed",
    asked=MissedAsked,
    shape="MissedJson",
)


@record
class AnswersAsked:
    """The parameters of `answers`: days, a limit of events, and a connection ("" = all)."""

    days: Annotated[int, Number(about=_DAYS, usual=7, most=365)]
    events: Annotated[int, EVENTS]
    connection: Annotated[str, Text(about="Only messages of this connection.")]


ANSWERS = Report(
    name="answers",
    help="Show how many private messages were answered, how soon, by rules or by hand.",
    about="The answers to people, how soon and by whom, by day, connection and hour.",
    path="/api/answers",
    asked=AnswersAsked,
    shape="AnswerTimesJson",
)


@record
class FunnelAsked:
    """The parameters of `funnel`: the rule, days, and a limit of runs."""

    rule: Annotated[str, Text(about="The rule.", is_argument=True)]
    days: Annotated[int, Number(about=_DAYS, usual=30, most=365)]
    runs: Annotated[int, RUNS]


FUNNEL = Report(
    name="funnel",
    help="Show how many people got each message of a rule, and why the others did not.",
    about="The number of people who got each message of a rule, and the reasons of the others.",
    path="/api/funnels/{rule}",
    asked=FunnelAsked,
    shape="FunnelJson",
)


@record
class CoverageAsked:
    """The parameters of `coverage`: the number of events, and the rule to show ("" = all)."""

    events: Annotated[int, Number(about=_EVENTS, usual=2_000, most=20_000)]
    rule: Annotated[str, Text(about="Only this rule.", is_argument=True)]


COVERAGE = Report(
    name="coverage",
    help="Show how often each rule and condition was met, and which events no rule takes.",
    about="The decisions of the rules in force about the newest events, counted.",
    path="/api/coverage",
    asked=CoverageAsked,
    shape="CoverageJson",
)


@record
class PromotionAsked:
    """The parameters of `promotion`: a rule that is not live for everybody, and the time."""

    rule: Annotated[str, Text(about="The rule's id.", is_argument=True)]
    since: Annotated[
        str, Text(about="How far back to look, as in 12h or 7d; up to 90d.", usual="7d")
    ]


PROMOTION = Report(
    name="promotion",
    help="Show what a rule in shadow mode or in a rollout would send for all; --yes makes it live.",
    about="The messages that the rule would have sent since a while ago, beside those of the"
    " others.",
    path="/api/promotions/{rule}",
    asked=PromotionAsked,
    shape="PromotionJson",
    group="promotions",
)


@record
class AuditAsked:
    """The parameters of `audit`: filters, a page, and whether to verify the chain."""

    who: Annotated[str, Text(about="Only changes by this account or token, as the list names it.")]
    what: Annotated[str, Text(about="Only changes with this code, as in token_made.")]
    since: Annotated[str, Text(about="Only changes since then, as in 2d or 2026-11-24.")]
    until: Annotated[str, Text(about="Only changes before then.")]
    limit: Annotated[int, Number(about="How many changes to list.", usual=50, most=200)]
    before: Annotated[str, Text(about="Only changes before the row with this number.")]
    after: Annotated[str, Text(about="The oldest changes after the row with this number.")]
    verify: Annotated[str, Text(about="Whether to verify the chain of all rows: yes.")]


AUDIT = Report(
    name="audit",
    help="Show who has changed what, when and from where; --verify checks the chain of the rows.",
    about="The changes by people, tokens and files, the newest first.",
    path="/api/audit",
    asked=AuditAsked,
    shape="AuditJson",
    group="access",
    role=Role.ADMIN,
)

#: The reports with a command of their own, in the order of the help.
REPORTS: tuple[Report[Any], ...] = (MISSED, ANSWERS, FUNNEL, COVERAGE)
