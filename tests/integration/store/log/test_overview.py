"""What the home page asks: failures by cause, open questions, and what comes next."""

from typing import Any

from automator.clock import ManualClock
from automator.model import AttemptStatus, Event, Outcome, Reason, RunState, quoted
from automator.reasons.runs import too_late
from automator.store import EventPlan, Store
from tests.support.store import Shop

UNDECIDED = (RunState.DEAD, RunState.UNKNOWN)
LATE = too_late(because=quoted("the window is closed"))


async def failed(
    store: Store,
    shop: Shop,
    code: str,
    *,
    state: RunState = RunState.DEAD,
    reason: Reason | None = LATE,
) -> int:
    """A run that ended badly, its last attempt with this code."""
    await shop.receive(store, who=f"{shop.ids.next()}")
    (claimed,) = await store.claim(1)
    attempts = tuple(
        shop.attempt(claimed, status=AttemptStatus.FAILED, error_code=one)
        for one in ("timeout", code)
    )
    await store.settle(shop.settlement(claimed, state, reason=reason, attempts=attempts))
    return claimed.run.id


async def event_with(
    store: Store, shop: Shop, text: str, *runs: tuple[RunState, Outcome | None], **fields: object
) -> Event:
    """A comment whose rules have come to these ends, one after another."""
    delivery = shop.delivery()
    values: dict[str, Any] = {"body": {"text": text, "actor": {"name": "Lan"}}, **fields}
    event = shop.event(delivery, who=f"{shop.ids.next()}", **values)
    later = shop.clock.now_ms() + 60_000
    made = tuple(
        shop.run(event, rule=f"rule-{number}", lane=None, **_time(state, later))
        for number, (state, _) in enumerate(runs)
    )
    await store.ingest(delivery, [EventPlan(event, made, 1)])
    for state, outcome in runs:
        if state is not RunState.QUEUED:
            (claimed,) = await store.claim(1)
            await store.settle(shop.settlement(claimed, state, outcome=outcome))
    return event


def _time(state: RunState, later: int) -> dict[str, int]:
    return {"run_at": later} if state is RunState.QUEUED else {}


async def test_failures_are_grouped_by_rule_reason_and_code(store: Store, shop: Shop) -> None:
    assert store.log.failures(UNDECIDED) == []
    runs = [await failed(store, shop, "token_expired") for _ in range(3)]
    other = await failed(store, shop, "permission", state=RunState.UNKNOWN)

    first, second = store.log.failures(UNDECIDED)

    assert (first.rule, first.reason_code, first.error_code) == (
        "price-question",
        "too_late",
        "token_expired",
    )
    assert (first.count, first.newest.id) == (3, runs[-1])
    assert (second.error_code, second.count, second.newest.id) == ("permission", 1, other)
    assert store.log.undecided_count(UNDECIDED) == 4


async def test_a_question_is_open_until_a_rule_does_something_that_others_see(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    old = await event_with(store, shop, "Cũ?")
    clock.advance(3600)
    since = clock.now_ms()
    nothing = await event_with(store, shop, "Có ship không?")
    noted = await event_with(store, shop, "Ghi lại?", (RunState.DONE, Outcome.NOTHING_TO_SEND))
    shown = await event_with(store, shop, "Thử?", (RunState.DONE, Outcome.WOULD_HAVE_SENT))
    for state, outcome in (
        (RunState.DONE, Outcome.ANSWERED),
        (RunState.DONE, Outcome.PARTLY),
        (RunState.QUEUED, None),
        (RunState.DEAD, None),
        (RunState.CANCELLED, None),
    ):
        await event_with(store, shop, "Giá?", (RunState.DONE, Outcome.NOTHING_TO_SEND),
                         (state, outcome))  # fmt: skip
    await event_with(store, shop, "Của shop?", is_self=True)
    await event_with(store, shop, "Khác?", type="order.created")
    await event_with(store, shop, "", body={"actor": {"name": "Lan"}})

    found = store.log.unanswered(("comment.created", "message.received"), since)

    assert [row.id for row in found] == [shown.id, noted.id, nothing.id]
    assert old.id not in {row.id for row in found}
    but_by = ["rule-1"]
    assert len(store.log.unanswered(("comment.created",), since, but_by)) == len(found) + 5


async def test_the_follow_up_whose_time_comes_next_is_first(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    event = await event_with(store, shop, "Giá?")
    now = clock.now_ms()
    due = {
        after: shop.run(event, rule="later", path=f"later/{after}", run_at=now + after)
        for after in (9_000, 3_000, 6_000, -1_000)
    }
    retry = shop.run(event, rule="retry", run_at=now + 1_000)
    cancelled = shop.run(event, rule="gone", path="later/x", run_at=now + 500)
    await store.run_edits.add([*due.values(), retry, cancelled])
    await store.run_edits.cancel(cancelled.id, "hoa")

    found = store.log.next_follow_ups(now, 2)

    assert [row.id for row in found] == [due[3_000].id, due[6_000].id]


async def test_whether_anything_was_answered_is_known(store: Store, shop: Shop) -> None:
    assert not store.log.has_answered()
    await event_with(store, shop, "Giá?", (RunState.DONE, Outcome.NOTHING_TO_SEND))
    assert not store.log.has_answered()

    await event_with(store, shop, "Giá?", (RunState.DONE, Outcome.ANSWERED))

    assert store.log.has_answered()


async def test_what_waits_behind_a_retry_in_its_lane_is_not_late(store: Store, shop: Shop) -> None:
    now = shop.clock.now_ms()
    await shop.receive(store)
    (claimed,) = await store.claim(1)
    await store.settle(shop.settlement(claimed, RunState.QUEUED, run_at=now + 60_000))
    await shop.receive(store)
    assert store.log.oldest_due(now) is None

    await shop.receive(store, run={"lane": None})

    assert store.log.oldest_due(now) == now
    await store.claim(1)
    assert store.log.oldest_due(now) is None
    assert store.log.oldest_due(now + 60_000) == now + 60_000
