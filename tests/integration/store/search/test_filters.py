"""Filters of the log find the same on both databases, in pages that leave nothing out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.clock import ManualClock
from automator.model import AttemptStatus, LinkContact, Outcome, RunState, Waits, quoted
from automator.model.log_filters import BY_WORD, EventFilter, Listed, RunFilter, filters_of
from automator.reasons.limits import once
from automator.reasons.runs import step, too_late
from automator.store import EventPlan, Store
from tests.support.store import Shop, indexed

LATE = too_late(because=quoted("the window is closed"))


async def settled(store: Store, shop: Shop, state: RunState, code: str = "") -> int:
    """A run that ended in this state, its attempt with this code."""
    await shop.receive(store, who=f"{shop.ids.next()}")
    (claimed,) = await store.claim(1)
    attempt = shop.attempt(claimed, status=AttemptStatus.FAILED, error_code=code)
    await store.settle(shop.settlement(claimed, state, attempts=(attempt,)))
    return claimed.run.id


async def test_runs_are_found_by_states_codes_types_and_times(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    dead = await settled(store, shop, RunState.DEAD, "timeout")
    clock.advance(60)
    began = clock.now_ms()
    unknown = await settled(store, shop, RunState.UNKNOWN, "no_target")
    clock.advance(60)
    done = await settled(store, shop, RunState.DONE)

    def found(**words: object) -> list[int]:
        return [row.id for row in store.log.runs(RunFilter(**words))]  # type: ignore[arg-type]

    assert found() == [done, unknown, dead]
    assert found(states=(RunState.DEAD, RunState.UNKNOWN)) == [unknown, dead]
    assert found(states=(RunState.DONE, RunState.QUEUED, RunState.DEAD)) == [done, dead]
    assert found(error_code="timeout") == [dead]
    assert found(error_code="nothing") == []
    assert found(type="comment.created", since_ms=began) == [done, unknown]
    assert found(type="message.received") == []
    assert found(until_ms=began) == [dead]
    assert found(since_ms=began, until_ms=began + 1) == [unknown]
    assert found(run_ids=(unknown,)) == [unknown]


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_runs_are_found_and_counted_by_their_reasons(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    delivery = shop.delivery()
    events = [shop.event(delivery) for _ in range(5)]
    reasons = [quoted("a"), LATE, LATE, None, LATE]
    plans = [
        EventPlan(
            event,
            (shop.run(event, rule=f"rule-{number % 2}", state=RunState.SUPPRESSED, reason=reason),),
            1,
        )
        for number, (event, reason) in enumerate(zip(events, reasons, strict=True))
    ]
    await store.ingest(delivery, plans)
    if is_indexed:
        await indexed(store, clock)
    log = store.log
    ids = [plan.runs[0].id for plan in plans]

    def found(**words: object) -> list[int]:
        return [row.id for row in log.runs(RunFilter(**words))]  # type: ignore[arg-type]

    assert found(reason_code="too_late") == [ids[4], ids[2], ids[1]]
    assert found(reason_code="too_late", rule="rule-0") == [ids[4], ids[2]]
    assert found(reason_code="too_late", states=(RunState.DEAD,)) == []
    assert found(reason_code="too_late", text="gia", rule="rule-1") == [ids[1]]
    # Also where it stands inside another one.
    assert found(reason_code="quoted") == [ids[4], ids[2], ids[1], ids[0]]
    assert found(reason_code="quoted", text="gia", rule="rule-0") == [ids[4], ids[2], ids[0]]
    assert found(reason_code="once") == []
    assert found(reason_code="too_late quoted") == []
    assert found(reason_code="too%", states=(RunState.SUPPRESSED,)) == []
    assert [row.id for row in log.runs() if row.fits(RunFilter(reason_code="too_late"))] == [
        ids[4],
        ids[2],
        ids[1],
    ]
    assert log.reason_codes() == ["quoted", "too_late"]
    assert log.reason_counts(0) == {"quoted": 4, "too_late": 3}
    assert list(log.reason_counts(0)) == ["quoted", "too_late"]
    assert log.reason_counts(clock.now_ms() + 60_000) == {}


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_runs_are_found_by_where_their_attempts_went(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    runs = {}
    for target, state in (("crm", RunState.DEAD), ("crm", RunState.DONE), (None, RunState.DEAD)):
        await shop.receive(store, who=f"{shop.ids.next()}")
        (claimed,) = await store.claim(1)
        attempts = (shop.attempt(claimed, target=target), shop.attempt(claimed, target="a:443"))
        await store.settle(shop.settlement(claimed, state, attempts=attempts))
        runs[target, state] = claimed.run.id
    if is_indexed:
        await indexed(store, clock)

    def found(**words: object) -> set[int]:
        return {row.id for row in store.log.runs(RunFilter(**words))}  # type: ignore[arg-type]

    assert found(target="crm") == {runs["crm", RunState.DEAD], runs["crm", RunState.DONE]}
    assert found(target="crm", states=(RunState.DEAD,)) == {runs["crm", RunState.DEAD]}
    assert found(target="a:443") == set(runs.values())
    assert found(target="other") == set()


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_pages_of_a_reason_inside_of_several_others_leave_nothing_out(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    inner = [
        too_late(because=once()),
        quoted("a"),
        step(step="a", because=too_late(because=once())),
    ]
    delivery = shop.delivery()
    events = [shop.event(delivery) for _ in range(12)]
    plans = [
        EventPlan(event, (shop.run(event, state=RunState.SUPPRESSED, reason=inner[number % 3]),), 1)
        for number, event in enumerate(events)
    ]
    await store.ingest(delivery, plans)
    if is_indexed:
        await indexed(store, clock)
    with_it = [plan.runs[0].id for number, plan in enumerate(plans) if number % 3 != 1]

    for wanted in (RunFilter(reason_code="once"), RunFilter(reason_code="once", text="gia")):
        down: list[int] = []
        while page := store.log.runs(wanted, before=down[-1] if down else None, limit=3):
            down += [row.id for row in page]
        assert down == with_it[::-1]


async def test_pages_of_several_states_leave_nothing_out_in_either_direction(
    store: Store, shop: Shop
) -> None:
    states = [RunState.DEAD, RunState.UNKNOWN, RunState.DONE]
    runs = [await settled(store, shop, states[number % 3]) for number in range(12)]
    wanted = RunFilter(states=(RunState.UNKNOWN, RunState.DEAD))
    ended_badly = [run for number, run in enumerate(runs) if number % 3 != 2]

    down: list[int] = []
    while page := store.log.runs(wanted, before=down[-1] if down else None, limit=3):
        down += [row.id for row in page]
    up: list[int] = []
    while page := store.log.runs(
        wanted, after=up[-1] if up else 0, before=ended_badly[-1], limit=3
    ):
        up += [row.id for row in page]

    assert down == ended_badly[::-1]
    assert up == ended_badly[:-1]


async def test_events_are_found_by_contact_and_time(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    first, _ = await shop.receive(store, who="lan")
    clock.advance(60)
    began = clock.now_ms()
    second, _ = await shop.receive(store, who="minh", runs=0)

    def found(**words: object) -> list[int]:
        rows = store.log.events(EventFilter(**words), after=0)  # type: ignore[arg-type]
        return [row.id for row in rows]

    assert found() == [first.id, second.id]
    assert found(contact="shop-page:lan") == [first.id]
    assert found(since_ms=began) == [second.id]
    assert found(until_ms=began) == [first.id]
    assert found(matched=False) == [second.id]
    assert found(event_id=second.id) == [second.id]


#: Values of every filter that the row of a changed run answers, by its word.
_VALUES = {
    "state": [(state,) for state in RunState] + [(RunState.DONE, RunState.QUEUED)],
    "rule": ["price-question", "other"],
    "outcome": list(Outcome),
    "reason": ["too_late", "quoted", "once"],
    "waits": [Waits.BUDGET, Waits.OPENING],
    "connection": ["shop-page", "zalo-oa", "shop-page/2", "nothing"],
    "type": ["comment.created", "message.received"],
    "contact": ["shop-page:lan", "shop-page:psid-9", "shop-page:minh"],
    "text": ["gia bao", "lan", "size", "tra loi", "gia size"],
}


async def _mixed_runs(store: Store, shop: Shop, clock: ManualClock) -> None:
    """Runs that differ in everything that a filter looks at."""
    settled = iter([*RunState, *RunState])
    for number in range(16):
        clock.advance(60)
        who = ("lan", "psid-9", "minh")[number % 3]
        event, _ = await shop.receive(
            store,
            who=who,
            contact=f"shop-page:{who}",
            connection=("shop-page", "shop-page/2", "zalo-oa")[number % 3],
            type=("comment.created", "message.received")[number % 2],
            lane=f"lane-{number}",
            body={"text": ("Giá bao nhiêu?", "còn size M?")[number % 2], "actor": {"name": who}},
            run={"rule": ("price-question", "other")[number % 2]},
        )
        (claimed,) = await store.claim(1)
        state = next(settled)
        state = RunState.DONE if state is RunState.RUNNING else state
        await store.settle(
            shop.settlement(
                claimed,
                state,
                reason=(None, LATE, quoted("a"))[number % 3],
                run_at=clock.now_ms() + 3_600_000,
                outcome=list(Outcome)[number % len(Outcome)] if state is RunState.DONE else None,
                effects=(LinkContact(alias="psid-9"),) if number == 0 else (),
            )
        )
        if number % 4 == 0:
            later = [
                shop.run(event, waits_for=Waits.BUDGET, run_at=clock.now_ms() + 3_600_000),
                shop.run(event, waits_for=Waits.OPENING, state=RunState.SUPPRESSED),
                shop.follow_up(event, 3_600_000),
                shop.run(event, state=RunState.CANCELLED, wait_key=f"order-{number}"),
            ]
            await store.run_edits.add(later)


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_the_row_of_a_run_fits_a_filter_exactly_when_its_query_finds_it(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    began = clock.now_ms()
    await _mixed_runs(store, shop, clock)
    if is_indexed:
        await indexed(store, clock)
    rows = store.log.runs(limit=100)
    moments = [began + minutes * 60_000 for minutes in range(0, 18, 3)]
    values = {
        **_VALUES,
        "since": moments,
        "until": moments,
        "event": [row.run.event_id for row in rows],
        "run": [(row.id,) for row in rows] + [tuple(row.id for row in rows[::3])],
    }
    assert values.keys() == {one.word for one in filters_of(Listed.RUNS) if one.admits}
    fields = {BY_WORD[word].field_name: st.sampled_from(found) for word, found in values.items()}
    filters = st.fixed_dictionaries(
        {}, optional={**fields, "follow_ups": st.booleans(), "ended_waits": st.booleans()}
    )

    @given(chosen=filters)
    def same(chosen: dict[str, Any]) -> None:
        wanted = store.log.with_contact_keys(RunFilter(**chosen))

        found = [row.id for row in store.log.runs(wanted, limit=100)]

        assert [row.id for row in rows if row.fits(wanted)] == found

    same()
