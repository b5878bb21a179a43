"""Makes the rows of the log: the person's text, the rule's answers, and the result of a run."""

from collections.abc import Sequence

from automator.model import AttemptStatus, Reason, Run, RunState, record
from automator.server.web.services import Services
from automator.store import RunRow
from automator.store.log.story_log import StepStory, Story

#: The code of a step that was left out because its condition did not hold.
_CONDITION_UNMET = "if"
_FOLLOW_UP = "follow_up"


@record(kw_only=False)
class RunStory:
    """A run with the results of its steps."""

    run: Run
    steps: Sequence[StepStory] = ()
    #: Whether the follow-ups are shown beside the run; the steps that made them then need no line.
    has_follow_ups: bool = False

    @property
    def lines(self) -> Sequence[StepStory]:
        """The steps that are worth a line: messages, actions, and failures."""
        shown = [step for step in self.steps if not _is_condition(step)] or self.steps[:1]
        if self.has_follow_ups:
            return [step for step in shown if step.action != _FOLLOW_UP or not _is_ok(step)]
        return shown

    @property
    def said(self) -> Sequence[StepStory]:
        """The steps that have sent the person a message; `notify` writes to somebody else."""
        if self.run.is_shadow:
            return ()
        return [
            step for step in self.steps if step.said and _is_ok(step) and step.action != "notify"
        ]

    @property
    def shows_reason(self) -> bool:
        """Whether the reason of the run is shown: not if the line of a step names a failure."""
        return self.run.because is not None and all(_is_ok(step) for step in self.lines)

    @property
    def names_end(self) -> bool:
        """Whether the shown reason already says until when the run waits."""
        because = self.run.because
        return self.shows_reason and because is not None and "until" in because.params

    @property
    def took_ms(self) -> int | None:
        """Milliseconds that the run took; None for follow-ups, cancelled and unfinished runs."""
        run = self.run
        if run.finished_at is None or run.path or run.state is RunState.CANCELLED:
            return None
        return run.finished_at - run.created_at


@record(kw_only=False)
class RowOfRun:
    """One row of the log: a run, its steps, and its follow-ups."""

    row: RunRow
    told: RunStory
    rule_name: str
    follow_ups: Sequence[RunStory] = ()
    #: Who took the event's delivery in, if it was refused at first.
    taken_again: Reason | None = None

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.row.run

    @property
    def person_id(self) -> str:
        """The person's id at the platform; "" if the event has no person."""
        return (self.run.contact or "").partition(":")[2]

    @property
    def who(self) -> str:
        """The name of the person, or else their id; "" if there is nobody."""
        return self.row.actor_name or self.person_id


def rows_of(services: Services, found: Sequence[RunRow]) -> list[RowOfRun]:
    """The rows of some runs; a follow-up is shown in the row of its parent if that is among them.

    Blocks.
    """
    here = {row.id for row in found}
    return [
        row
        for row in every_row_of(services, found)
        if not (row.run.path and row.run.parent_id in here)
    ]


def every_row_of(services: Services, found: Sequence[RunRow]) -> list[RowOfRun]:
    """A row for each run, also for follow-ups of other runs among them; blocks."""
    log = services.store.log
    stories = log.stories(row.id for row in found)
    again = log.taken_again({row.run.event_id for row in found})
    return [_row_of(services, row, stories[row.id], again.get(row.run.event_id)) for row in found]


def _row_of(services: Services, row: RunRow, story: Story, again: Reason | None) -> RowOfRun:
    return RowOfRun(
        row=row,
        told=RunStory(row.run, story.steps, has_follow_ups=bool(story.follow_ups)),
        rule_name=services.name_of_rule_of(row.run),
        follow_ups=[RunStory(item.run, item.steps) for item in story.follow_ups],
        taken_again=again,
    )


def _is_ok(step: StepStory) -> bool:
    return step.status is AttemptStatus.OK


def _is_condition(step: StepStory) -> bool:
    return step.status is AttemptStatus.SKIPPED and step.summary.code == _CONDITION_UNMET
