"""Describes the audience of a schedule, and its firings, in the reader's language."""

from collections.abc import Iterator

from automator.engine.schedule.audience import Preflight
from automator.engine.schedule.fire_times import shown_fire
from automator.language import Translator
from automator.model import N_, Reason
from automator.reasons.limits import firing_full, firing_rule_gone, firing_stopped
from automator.store import Firing, WorkState
from automator.store.log.firing_log import RunsOfFiring

#: At most this many groups of runs are listed.
_MOST_GROUPS = 12
#: The answer after a firing was stopped.
NOBODY_MORE = N_("{rule} takes no more contacts")


def end_of(firing: Firing, most: int) -> Reason | None:
    """The reason why a firing ended before it had taken everybody; None if it took everybody."""
    if firing.state is WorkState.STOPPED:
        return firing_stopped(by=firing.stopped_by) if firing.stopped_by else firing_rule_gone()
    return firing_full(most=most) if not firing.is_going and firing.started >= most else None


def audience_text(found: Preflight, _: Translator) -> str:
    """The audience of a rule as text: its size, who is left out and why, and the last firings."""
    lines = [*_counts(found, _)]
    examples = [*_examples(found, _)]
    if examples:
        lines += ["", _(N_("For example")), *examples]
    for number, firing in enumerate(found.firings):
        lines += ["", *_firing_lines(found, firing, _)]
        lines += [f"    {line}" for line in run_lines(found.runs, _)] if number == 0 else []
    return "\n".join(lines)


def _counts(found: Preflight, _: Translator) -> Iterator[str]:
    text = N_("{rule} fires for contacts of {connection}, {schedule}; next: {next}")
    fires = found.next_fire
    shown = _(N_("never")) if fires is None else shown_fire(found.schedule, fires)
    yield _(
        text,
        rule=found.rule,
        connection=found.audience.connection,
        schedule=found.schedule.written,
        next=shown,
    )
    yield ""
    yield _(
        N_("{reached:number} of {seen:number} contacts would be spoken to now"),
        reached=found.reached,
        seen=found.seen,
    )
    if not found.is_complete:
        yield _(N_("There are more contacts; these were looked at in the time."))
    for reason, count in found.left_out:
        yield f"    {_.number(count)} × {_.say(reason)}"
    if found.taken < found.reached + found.held_back:
        yield _(N_("One firing takes {most:number} of them."), most=found.audience.most)
    if found.taken:
        yield _(N_("That takes about {time:duration}."), time=max(1000, found.takes_ms))


def _examples(found: Preflight, _: Translator) -> Iterator[str]:
    for one in found.examples:
        name = f" {one.name}" if one.name else ""
        why = "" if one.reason is None else f": {_.say(one.reason)}"
        mark = "✓" if one.reason is None else "–"
        yield f"    {mark} {one.connection}:{one.id}{name}{why}"


def _firing_lines(found: Preflight, firing: Firing, _: Translator) -> Iterator[str]:
    yield _(
        N_("Fired for {time}: {seen:number} contacts looked at, {taken:number} taken ({event})"),
        time=shown_fire(found.schedule, firing.scheduled_at),
        seen=firing.seen,
        taken=firing.started,
        event=firing.event,
    )
    if firing.is_going:
        yield f"    {_(N_('under way'))}"
    end = end_of(firing, found.audience.most)
    if end is not None:
        yield f"    {_.say(end)}"
    for reason, count in firing.left_out:
        yield f"    {_.number(count)} × {_.say(reason)}"


def run_lines(groups: tuple[RunsOfFiring, ...], _: Translator) -> list[str]:
    """The numbers of a firing's runs by state and reasons, as lines."""
    return [
        f"{_.number(one.count)} × {_(one.state.label)}{_because(one)}"
        for one in groups[:_MOST_GROUPS]
    ]


def _because(runs: RunsOfFiring) -> str:
    return f" ({', '.join(runs.codes)})" if runs.codes else ""
