"""The log keeps what was said to a person, and tells a run together with its follow-ups."""

from pathlib import Path

from automator.clock import ManualClock
from automator.model import first_id_of
from automator.model.log_filters import RunFilter
from automator.plugins import Provider
from automator.sandbox import Recorder
from tests.integration.engine.test_price_flow import ANSWER, REMINDER, RULES, Scene
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, call
from tests.support.world import a_world


def page() -> Provider:
    return a_provider("facebook", "my-page", graph_url=f"{BASE}/facebook/v26.0")


async def test_a_run_is_told_with_the_texts_that_it_and_its_follow_up_sent(tmp_path: Path) -> None:
    clock, provider = ManualClock(), page()
    rules = RULES.replace("CONNECTION", "my-page")
    async with a_world(tmp_path, rules, clock=clock, others={"my-page": provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))
        await scene.writes("Giá bao nhiêu vậy shop?")
        await scene.later(20.1)
        log = world.store.log
        rows, folded = log.runs(), log.runs(RunFilter(follow_ups=False))
        story = log.stories([folded[0].id])[folded[0].id]
        roots = log.roots_of(rows)
        together = log.stories([row.id for row in rows])

    assert len(rows) == 2
    assert [row.id for row in folded] == [rows[1].id] == [row.id for row in roots]
    assert [step.said for step in story.steps] == [ANSWER, None]
    assert [step.said for item in story.follow_ups for step in item.steps] == [REMINDER]
    assert together[folded[0].id] == story
    assert together[rows[0].id].steps == story.follow_ups[0].steps


async def test_what_could_not_be_sent_is_kept_with_its_attempt(tmp_path: Path) -> None:
    clock, provider = ManualClock(), page()
    rules = RULES.replace("CONNECTION", "my-page")
    async with a_world(tmp_path, rules, clock=clock, others={"my-page": provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))
        await call(scene.app, "POST", "/control", body={"next": [{"error": "token_expired"}]})
        await scene.writes("Giá bao nhiêu vậy shop?")
        (row,) = world.store.log.runs()
        (step,) = world.store.log.stories([row.id])[row.id].steps

    assert (step.status.value, step.said) == ("failed", ANSWER)


async def test_what_a_person_decides_about_a_run_is_a_change(tmp_path: Path) -> None:
    clock, provider = ManualClock(), page()
    rules = RULES.replace("CONNECTION", "my-page")
    async with a_world(tmp_path, rules, clock=clock, others={"my-page": provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))
        await scene.writes("Giá bao nhiêu vậy shop?")
        await scene.later(1)
        log = world.store.log
        follow_up = log.follow_ups()[0].id
        now = first_id_of(clock.now_ms())
        before = log.changed_since(now, now)[0]
        clock.advance(0.001)
        await world.store.run_edits.cancel(follow_up, "lan")
        changed = log.changed_since(now, now)[0]

    assert before == []
    assert [row.id for row in changed] == [follow_up]
