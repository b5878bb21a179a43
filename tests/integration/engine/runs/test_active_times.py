"""Follow-ups that may act at some times only: what is due outside of them waits."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from automator.configuration.time_intervals import TimeInterval
from automator.model import RunState, Waits
from automator.store import RunDetail
from tests.support.http import a_reply
from tests.support.words import said
from tests.support.world import World, a_world

MINUTE, HOUR = 60, 3600
#: It is seven o'clock in Vietnam when a world begins.
RULES = """\
rules:
  - id: ask-again
    trigger: {event: comment.created}
    actions:
      - follow_up:
          after: %s
          active: {times: "08:00-21:00"}
          cancel_on: {event: message.received}
          actions: [forward: {to: crm}]
"""


async def follow_up(world: World) -> RunDetail:
    """The only follow-up."""
    (found,) = [detail for detail in await world.runs() if detail.run.path]
    return found


def clock_time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, ZoneInfo("Asia/Ho_Chi_Minh")).strftime("%d %H:%M")


async def test_what_is_due_at_night_waits_for_the_morning_and_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "20h") as world:
        await world.handles_comment(1, "11", "giá?")

        planned, run = (detail for detail in await world.runs())
        because = said(run.run.because)
        assert "25 08:00" <= clock_time(run.run.run_at) < "25 08:10"
        assert because.startswith(
            "due Wed 2026-11-25 03:00 (Asia/Ho_Chi_Minh), which is outside 08:00-21:00: waits until"
            " Wed 2026-11-25 08:0"
        )
        plan = said(planned.attempts[0].summary)
        assert "it would be due Wed 2026-11-25 03:00 (Asia/Ho_Chi_Minh)" in plan
        assert plan.count("2026-11-25 08:0") == 1

        await world.passes(24 * HOUR + 59 * MINUTE)
        assert world.http.requests == []

        await world.passes(11 * MINUTE)
        assert (await follow_up(world)).run.state is RunState.DONE


async def test_follow_ups_that_wait_for_the_morning_do_not_all_act_at_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "20h") as world:
        for number in range(5):
            await world.comments(number, str(number), "giá?")
        await world.settled()

        times = {detail.run.run_at for detail in await world.runs() if detail.run.path}
        assert len(times) == 5


async def test_an_answer_at_night_cancels_what_waits_for_the_morning(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "20h") as world:
        await world.handles_comment(1, "11", "giá?")
        await world.passes(22 * HOUR)

        await world.writes(2, "11", "shop ơi")
        await world.passes(4 * HOUR)

        assert (await follow_up(world)).run.state is RunState.CANCELLED


async def test_what_no_server_did_in_the_day_is_not_done_at_night(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "2h") as world:
        await world.handles_comment(1, "11", "giá?")
        assert clock_time((await follow_up(world)).run.run_at) == "24 09:00"

        await world.passes(15 * HOUR)

        run = (await follow_up(world)).run
        assert (run.state, run.waits_for, run.attempt) == (RunState.QUEUED, Waits.OPENING, 0)
        assert "25 08:00" <= clock_time(run.run_at) < "25 08:10"
        assert "outside 08:00-21:00" in said(run.because)
        assert world.http.requests == []

        await world.passes(10 * HOUR + 10 * MINUTE)
        assert (await follow_up(world)).run.state is RunState.DONE


async def test_a_person_is_held_back_by_no_times(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "20h") as world:
        await world.comments(1, "11", "giá?")
        await world.handles_comment(2, "12", "giá?")
        one, two = (detail.run for detail in await world.runs() if detail.run.path)
        await world.passes(15 * HOUR)

        await world.store.run_edits.run_now(one.id)
        await world.store.run_edits.move(two.id, world.clock.now_ms() + HOUR * 1000, "Lan")
        await world.settled()
        assert len(world.http.requests) == 1

        await world.passes(HOUR + 1)
        assert len(world.http.requests) == 2


async def test_what_a_person_moved_within_the_times_keeps_to_them(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "20h") as world:
        await world.handles_comment(1, "11", "giá?")
        run = (await follow_up(world)).run
        await world.store.run_edits.move(run.id, world.clock.now_ms() + 3 * HOUR * 1000, "Lan")

        await world.passes(15 * HOUR)

        assert (await follow_up(world)).run.waits_for is Waits.OPENING
        assert world.http.requests == []


async def test_a_try_that_falls_into_the_night_waits_too(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % "830m") as world:
        world.http.script = [a_reply(503)]
        await world.handles_comment(1, "11", "giá?")
        await world.passes(830 * MINUTE)
        assert len(world.http.requests) == 1
        for _ in range(10):
            await world.passes(HOUR)

        assert len(world.http.requests) == 1
        await world.passes(2 * HOUR)
        assert len(world.http.requests) == 2


async def test_what_waits_for_the_morning_lets_later_runs_of_the_person_go_ahead(
    tmp_path: Path,
) -> None:
    other = RULES.replace("ask-again", "thanks").replace("comment.created", "post.created")
    text = RULES % "2h" + other.replace("rules:\n", "") % "2h"
    text = text.replace(
        "trigger: {event: post.created}\n    actions:\n",
        "trigger: {event: comment.created}\n    conditions: [\"event.text == 'xong'\"]\n"
        "    actions:\n      - forward: {to: crm}\n",
    )
    async with a_world(tmp_path, text) as world:
        await world.handles_comment(1, "11", "giá?")
        await world.passes(15 * HOUR)
        assert world.http.requests == []

        await world.handles_comment(2, "11", "xong")

        assert len(world.http.requests) == 1


async def test_a_night_that_is_longer_than_the_window_plans_nothing(tmp_path: Path) -> None:
    text = (RULES % "20h").replace("          active", "          within: 2h\n          active")
    async with a_world(tmp_path, text) as world:
        await world.handles_comment(1, "11", "giá?")

        (run,) = await world.runs()
        assert said(run.attempts[0].summary) == (
            "nothing is planned: Wed 2026-11-25 03:00 (Asia/Ho_Chi_Minh) is outside 08:00-21:00,"
            " which begins Wed 2026-11-25 08:00 (Asia/Ho_Chi_Minh), and the window ends"
            " Wed 2026-11-25 05:00 (Asia/Ho_Chi_Minh)"
        )


async def test_the_times_may_have_a_name_in_the_settings(tmp_path: Path) -> None:
    text = (RULES % "20h").replace('{times: "08:00-21:00"}', "day")
    hours = {"day": TimeInterval(times=("10:00-12:00",))}
    async with a_world(tmp_path, text, intervals=hours) as world:
        await world.handles_comment(1, "11", "giá?")

        run = (await follow_up(world)).run
        assert "25 10:00" <= clock_time(run.run_at) < "25 10:10"
        assert "outside day" in said(run.because)
