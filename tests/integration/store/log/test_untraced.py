"""What is stored while traces are on is exported once, by one node, and waits for a day at most."""

from itertools import pairwise
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.configuration.target import Traces
from automator.engine.operations.trace_export import KEPT_MS, LATE_MS, TraceExport
from automator.engine.operations.trace_spans import SpanEncoder, rejected_spans
from automator.http.traceparent import is_sampled, trace_of
from automator.http.types import HttpReply
from automator.model import AttemptStatus, RetryableError, RunState, quoted
from automator.store import Store
from automator.store.log.untraced import LEASE_MS
from automator.store.runs.claims import MAX_CRASHES
from automator.store.search.indexing import LAG_MS, queue_everything
from tests.support.http import ScriptedHttp, a_reply
from tests.support.otlp import attributes, spans_of
from tests.support.store import Shop, opened

URL = "https://traces.example/v1/traces"
SENT = {"method": "POST", "url": "https://crm.example:8443/in?token=x", "headers": {}, "body": "{}"}


def export(store: Store, clock: ManualClock, http: ScriptedHttp, **settings: Any) -> TraceExport:
    store.upkeep.traces = True
    return TraceExport(
        Traces.model_validate({"url": URL, **settings}),
        source=store.untraced,
        is_shared=store.is_shared,
        http=http,
        clock=clock,
        requests=SpanEncoder("shop", store.node).requests,
        rejected=rejected_spans,
    )


async def index(store: Store, clock: ManualClock) -> None:
    """Lets the words index take what was stored."""
    clock.advance(LAG_MS / 1000 + 1)
    while await store.upkeep.index_words():
        continue


async def forwarded(store: Store, shop: Shop, **settled: Any) -> int:
    """An event with a run that has ended; the id of the run."""
    await shop.receive(store)
    (claimed,) = await store.claim(1)
    shop.clock.advance(1)
    attempt = shop.attempt(claimed, request=SENT, response={"status": 200}, target="crm")
    assert await store.settle(shop.settlement(claimed, attempts=(attempt,), **settled))
    return claimed.run.id


def names(http: ScriptedHttp) -> list[str]:
    return [span.name for sent in http.requests for span in spans_of(sent.body)]


@pytest.fixture
def http() -> ScriptedHttp:
    return ScriptedHttp()


@pytest.fixture
def exporting(store: Store, clock: ManualClock, http: ScriptedHttp) -> TraceExport:
    return export(store, clock, http)


async def test_while_traces_are_off_nothing_waits_to_be_exported(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await forwarded(store, shop)
    await index(store, clock)

    assert await store.untraced.waiting_since() is None


async def test_a_run_is_exported_once_when_it_has_ended_with_all_its_attempts(
    store: Store, shop: Shop, clock: ManualClock, http: ScriptedHttp, exporting: TraceExport
) -> None:
    await shop.receive(store)
    (claimed,) = await store.claim(1)
    failed = shop.attempt(claimed, status=AttemptStatus.RETRY, error_code="timeout", request=SENT)
    again = shop.settlement(
        claimed, RunState.QUEUED, attempts=(failed,), step=0, attempt=1, run_at=clock.now_ms()
    )
    assert await store.settle(again)
    await index(store, clock)
    await exporting.go_on()
    assert names(http) == ["POST /hooks/{connection}", "process shop-page"]
    came = attributes(spans_of(http.requests[-1].body)[0].attributes)
    assert (came["http.route"], came["url.path"]) == ("/hooks/{connection}", "/hooks/shop-page")

    (claimed,) = await store.claim(1)
    done = shop.attempt(claimed, request=SENT, response={"status": 201})
    assert await store.settle(shop.settlement(claimed, attempts=(done,)))
    await index(store, clock)
    await exporting.go_on()
    await exporting.go_on()

    assert names(http)[2:] == ["run price-question", "POST", "POST"]
    run, first, second = spans_of(http.requests[-1].body)
    assert first.parent_span_id == second.parent_span_id == run.span_id != first.span_id
    assert attributes(first.attributes)["error.type"] == "timeout"
    assert attributes(second.attributes)["http.request.resend_count"] == "1"
    assert attributes(second.attributes)["server.port"] == "8443"
    assert "token" not in str(second)


async def test_a_run_that_ends_without_an_attempt_is_exported_too(
    store: Store, shop: Shop, clock: ManualClock, http: ScriptedHttp, exporting: TraceExport
) -> None:
    await shop.receive(store)
    (claimed,) = await store.claim(1)
    clock.advance(1)
    assert await store.settle(shop.settlement(claimed, RunState.CANCELLED, attempts=()))
    await index(store, clock)
    await exporting.go_on()

    assert names(http)[2:] == ["run price-question"]
    run = spans_of(http.requests[-1].body)[2]
    assert attributes(run.attributes)["automator.run.state"] == "cancelled"


async def test_a_run_that_is_given_up_after_crashes_is_exported_as_failed(
    store: Store, shop: Shop, clock: ManualClock, http: ScriptedHttp, exporting: TraceExport
) -> None:
    await shop.receive(store)
    for _ in range(MAX_CRASHES):
        (claimed,) = await store.claim(1)
        await store.take_back([claimed.run.id])
        clock.advance(3600)
    await index(store, clock)
    await exporting.go_on()

    (run,) = [span for span in spans_of(http.requests[-1].body) if span.name.startswith("run ")]
    said = attributes(run.attributes)
    assert said["automator.run.state"] == "dead"
    assert run.status.code == run.status.STATUS_CODE_ERROR
    assert said["error.type"] == said["automator.reason"]


async def test_an_attempt_that_failed_without_a_code_has_the_error_type_of_the_conventions(
    store: Store, shop: Shop, clock: ManualClock, http: ScriptedHttp, exporting: TraceExport
) -> None:
    await shop.receive(store)
    (claimed,) = await store.claim(1)
    failed = shop.attempt(claimed, status=AttemptStatus.FAILED, error_code="", request=SENT)
    assert await store.settle(shop.settlement(claimed, RunState.DEAD, attempts=(failed,)))
    await index(store, clock)
    await exporting.go_on()

    *_, run, attempt = spans_of(http.requests[-1].body)
    for span in (run, attempt):
        assert span.status.code == span.status.STATUS_CODE_ERROR
        assert attributes(span.attributes)["error.type"] == "_OTHER"


async def test_many_runs_are_exported_portion_by_portion_and_each_once(
    store: Store, shop: Shop, clock: ManualClock, http: ScriptedHttp, exporting: TraceExport
) -> None:
    for number in range(100):
        await shop.receive(store, who=f"person-{number}")
    clock.advance(1)
    for claimed in await store.claim(100):
        assert await store.settle(shop.settlement(claimed))
    await index(store, clock)
    await exporting.go_on()

    assert len(http.requests) > 2
    assert names(http).count("process shop-page") == 100
    assert names(http).count("run price-question") == 100
    assert await store.untraced.waiting_since() is None


async def test_of_two_nodes_one_exports_and_the_other_takes_over_when_it_falls_silent(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    one, two = ScriptedHttp(), ScriptedHttp()
    shop = Shop(clock)
    async with (
        opened(postgresql_store_url, clock) as store,
        opened(postgresql_store_url, clock, node="node-2") as other,
    ):
        first, second = export(store, clock, one), export(other, clock, two)
        await forwarded(store, shop)
        await index(store, clock)
        await first.go_on()
        for _ in range(3):
            await forwarded(store, shop)
            await index(store, clock)
            await second.go_on()
        assert two.requests == []
        assert second.lag_ms > 0
        await first.go_on()
        assert names(one).count("POST") == 4

        await forwarded(store, shop)
        await index(store, clock)
        clock.advance(LEASE_MS / 1000)
        await second.go_on()
        await first.go_on()
        assert names(two).count("POST") == 1
        assert names(one).count("POST") == 4


async def test_what_the_receiver_does_not_take_now_waits_with_growing_pauses(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    down = RetryableError(quoted("no connection"), code="no_connection")
    http = ScriptedHttp([down, a_reply(503), a_reply(404)])
    exporting = export(store, clock, http)
    await forwarded(store, shop)
    await index(store, clock)
    tried_at = []
    for _ in range(20):
        before = len(http.requests)
        await exporting.go_on()
        tried_at += [clock.monotonic()] if len(http.requests) > before else []
        clock.advance(1)

    gaps = [b - a for a, b in pairwise(tried_at)]
    assert gaps == [1, 2, 4]
    assert names(http)[-1] == "POST"
    assert (exporting.lag_ms, exporting.lost, exporting.warnings) == (0, 0, ())


async def test_a_lag_is_told_with_its_cause(store: Store, shop: Shop, clock: ManualClock) -> None:
    http = ScriptedHttp([a_reply(401), a_reply(401)])
    exporting = export(store, clock, http)
    await forwarded(store, shop)
    await index(store, clock)
    await exporting.go_on()
    assert exporting.warnings == ()
    clock.advance(LATE_MS / 1000)

    (warning,) = exporting.warnings
    assert warning.code == "traces_late"
    assert warning.params["because"].code == "traces_refused"


@pytest.mark.parametrize("status", [400, 413])
async def test_what_the_receiver_will_never_take_is_given_up(
    store: Store, shop: Shop, clock: ManualClock, status: int
) -> None:
    http = ScriptedHttp([a_reply(status)])
    exporting = export(store, clock, http)
    await forwarded(store, shop)
    await index(store, clock)
    await exporting.go_on()
    await exporting.go_on()

    assert len(http.requests) == 1
    assert exporting.lost == 2
    assert await store.untraced.waiting_since() is None


async def test_spans_that_the_receiver_rejects_are_counted(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    http = ScriptedHttp([HttpReply(200, {}, b"\x0a\x02\x08\x03"), a_reply(200, b"thanks")])
    exporting = export(store, clock, http)
    for _ in range(2):
        await forwarded(store, shop)
        await index(store, clock)
        await exporting.go_on()

    assert exporting.lost == 3


async def test_spans_are_given_up_after_a_day(store: Store, shop: Shop, clock: ManualClock) -> None:
    http = ScriptedHttp([a_reply(503)])
    exporting = export(store, clock, http)
    await forwarded(store, shop)
    await index(store, clock)
    await exporting.go_on()
    clock.advance(KEPT_MS / 1000)
    await exporting.go_on()
    assert exporting.lost == 2
    await forwarded(store, shop)
    await index(store, clock)
    await exporting.go_on()

    assert exporting.lost == 2
    assert names(http).count("POST") == 2


async def test_the_ratio_takes_whole_traces(store: Store, shop: Shop, clock: ManualClock) -> None:
    http = ScriptedHttp()
    exporting = export(store, clock, http, ratio=0.5)
    for _ in range(12):
        await forwarded(store, shop)
    await index(store, clock)
    await exporting.go_on()

    spans = [span for sent in http.requests for span in spans_of(sent.body)]
    traces = [span.trace_id.hex() for span in spans]
    assert 0 < len(set(traces)) < 12
    assert {traces.count(trace) for trace in traces} == {4}
    assert all(is_sampled(trace, 0.5) for trace in traces)
    deliveries = {int.from_bytes(span.span_id) for span in spans if span.name.startswith("POST /")}
    assert {trace_of(number, "").trace_id for number in deliveries} == set(traces)


async def test_a_database_whose_words_are_indexed_anew_exports_nothing_again(
    store: Store, shop: Shop, clock: ManualClock, http: ScriptedHttp, exporting: TraceExport
) -> None:
    await forwarded(store, shop)
    await index(store, clock)
    await exporting.go_on()

    await store._edit(lambda db, _batch: queue_everything(db.core))
    await index(store, clock)
    assert await store.untraced.waiting_since() is None
