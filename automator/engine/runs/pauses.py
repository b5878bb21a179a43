"""Checks when a run begins: a blocked person, a colleague's reply, and the times of a follow-up.

A run that acts at once is checked for a pause by the commit of its event. The check here is for
runs that act later, and for replies that came in between.
"""

from automator.clock import ms_of
from automator.configuration.calendar import Calendar
from automator.model import Claimed, Reason, Run, Waits, record
from automator.model.rules.rule import ON_ERROR_PATH
from automator.plugins import drawn_from
from automator.reasons.limits import ANSWERED_BY_HAND, BLOCKED, DUE_OUTSIDE
from automator.rules import CompiledRule


@record(kw_only=False)
class Pause:
    """Until when a run is held back (milliseconds), and why."""

    until_ms: int
    reason: Reason


def block_of(claimed: Claimed) -> Reason | None:
    """The block of the person that keeps a claimed run from acting; None without a block."""
    contact = claimed.contact
    if contact.get("blocked_at") is None:
        return None
    return BLOCKED(since=ms_of(contact["blocked_at"]), by=contact["blocked_by"])


def pause_of(rule: CompiledRule, claimed: Claimed, now_ms: int) -> Pause | None:
    """The pause in which a claimed run must not begin; None without a pause."""
    run, pause_ms = claimed.run, rule.spec.pause_ms
    if pause_ms is None or run.step or run.path == ON_ERROR_PATH:
        return None
    shown = claimed.contact.get("human_reply_at")
    if shown is None:
        return None
    reply_at = ms_of(shown)
    until_ms = reply_at + pause_ms
    acts_at_once = not run.path and run.run_at <= run.created_at
    if (
        until_ms <= now_ms
        # The pause was checked when the run was stored; a replay acts in spite of it.
        or (acts_at_once and reply_at <= run.created_at)
        # The run was put off until then, and a person wants it now.
        or (run.waits_for is Waits.COLLEAGUE and (run.waits_until or 0) > now_ms)
    ):
        return None
    return Pause(until_ms, ANSWERED_BY_HAND(at=reply_at, pause=pause_ms, until=until_ms))


def closed_until(rule: CompiledRule, run: Run, now_ms: int) -> Pause | None:
    """The wait of a follow-up whose turn comes outside of its times; None = it may act.

    It was planned for a time within them. Then no server was running, an attempt failed, or a
    target or a colleague held it up.
    """
    step = rule.steps.get(run.path)
    calendar = None if step is None else step.calendar
    if calendar is None or calendar.is_open(now_ms) or _is_wanted(run, calendar, now_ms):
        return None
    until_ms = calendar.spread_opening(now_ms, drawn_from(f"run-{run.id}"))
    if until_ms is None:
        return None
    zone = calendar.zone_name
    reason = DUE_OUTSIDE(at=[now_ms, zone], calendar=calendar.name, until=[until_ms, zone])
    return Pause(until_ms, reason)


def _is_wanted(run: Run, calendar: Calendar, now_ms: int) -> bool:
    """Whether a person wants a follow-up to act now, or has chosen a time outside of its times."""
    if (run.waits_until or 0) > now_ms:
        return True
    decided = run.decisions[-1]["did"] if run.decisions else ""
    return decided in ("retry", "done") or (decided == "move" and not calendar.is_open(run.run_at))
