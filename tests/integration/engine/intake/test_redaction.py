"""The values that `redact` names are removed before anything is stored, and nothing has them."""

import json
import logging
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import MetaData, create_engine, select

from automator.engine.doctor.doctor import diagnose
from automator.engine.intake.intake import Accepted
from automator.engine.intake.refused_deliveries import outlook
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery, Verdict
from automator.model.log_filters import EventFilter
from automator.plugins import Provider
from automator.server.http.hook_answers import accepted_answer
from tests.support.providers import SECRET, a_provider, a_request
from tests.support.words import ENGLISH_WORDS
from tests.support.world import World, a_world, keep_in

CANARY = "4111111111111111"
RULES = """\
rules:
  - id: passed-on
    trigger: {event: "*"}
    conditions: ["event.data.card != '4000' && event.data.note == 'paid'"]
    actions:
      - forward: crm
      - log: "{{ event.data.card }} {{ event.text }}"
  - id: held-back
    trigger: {event: "*"}
    conditions: ["event.data.card == '4000'"]
    actions: [{log: never}]
"""
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def till(**options: object) -> Provider:
    paths = ["body.card", "body.buyer.phone", "body.lines[].card", "query.card"]
    return a_provider("generic", "till", redact=paths, **options)


def signed(
    body: bytes, headers: dict[str, str], *, query: str = "", by: Provider | None = None
) -> InboundRequest:
    request = a_request(headers, body, query=query)
    proof = (by or till()).sign(body, now_ms=request.received_at, delivery_key="1")
    return a_request({**headers, **proof}, body, query=query)


def dumped(url: str) -> bytes:
    """Everything that the tables of a database hold."""
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [list(connection.execute(select(table))) for table in tables.sorted_tables]
    engine.dispose()
    plain = [[bytes(v) if isinstance(v, memoryview) else v for v in r] for t in rows for r in t]
    return repr(plain).encode()


async def received(world: World, request: InboundRequest, provider: Provider) -> Accepted:
    accepted = await world.intake.receive(provider, request)
    assert isinstance(accepted, Accepted)
    return accepted


FORGED = {"x-time": "1", "x-signature": "sha256=00"}
LINES = [{"card": CANARY}, {"card": CANARY}]
BODIES = [
    (json.dumps({"card": CANARY, "note": "paid"}).encode(), JSON, ""),
    (json.dumps({"card": int(CANARY), "note": "paid"}).encode(), JSON, ""),
    (json.dumps({"card": [{"number": CANARY}], "note": "paid"}).encode(), JSON, ""),
    (
        json.dumps({"note": "paid", "lines": LINES}).encode(),
        JSON,
        "",
    ),
    (json.dumps([{"card": CANARY}]).encode(), JSON, ""),
    (json.dumps({"note": "paid", "buyer": json.dumps({"phone": CANARY})}).encode(), JSON, ""),
    (json.dumps({"note": "paid", "card": CANARY}).encode("utf-16"), JSON, ""),
    (b'{"note": "paid", "card": "%s", "card": null}' % CANARY.encode(), JSON, ""),
    (b'{"note": "paid", "buyer": {"phone": "%s"}, "buyer": {}}' % CANARY.encode(), JSON, ""),
    (b'{"note": "paid", "\\u0063ard": "%s"}' % CANARY.encode(), JSON, ""),
    (urlencode({"note": "paid", "card": CANARY}).encode(), FORM, ""),
    (urlencode([("card", "1"), ("note", "paid"), ("card[number]", CANARY)]).encode(), FORM, ""),
    (f"note=paid&c%61rd={CANARY}".encode(), FORM, ""),
    (f"note=paid&card={CANARY}&x=%ff".encode(), FORM, ""),
    (json.dumps({"note": "paid"}).encode(), JSON, f"card={CANARY}&page=1"),
    (f"<order><card>{CANARY}</card></order>".encode(), {"content-type": "text/xml"}, ""),
    (f"card: {CANARY}".encode(), JSON, f"card={CANARY}"),
    (json.dumps(CANARY).encode(), JSON, ""),
    (json.dumps({"card": CANARY}).encode(), FORM, ""),
]


@pytest.mark.parametrize(("body", "headers", "query"), BODIES)
@pytest.mark.parametrize("is_trusted", [True, False])
async def test_no_removed_value_is_in_what_is_stored_sent_or_logged(
    tmp_path: Path,
    body: bytes,
    headers: dict[str, str],
    query: str,
    is_trusted: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = till()
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        request = signed(body, headers, query=query)
        if is_trusted:
            await received(world, request, provider)
        else:
            wrong = a_request(
                {**headers, "x-time": "1", "x-signature": "sha256=00"}, body, query=query
            )
            with pytest.raises(RejectedDelivery):
                await world.intake.receive(provider, wrong)
        await world.settled()
        sent = repr(world.http.requests)
        assert world.store.log.deliveries()
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]

    for text in (sent.encode(), caplog.text.encode(), *files):
        assert CANARY.encode() not in text
        assert CANARY.encode("utf-16")[2:] not in text


async def test_postgresql_holds_no_removed_value_either(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    provider = till()
    keep_in(tmp_path, postgresql_store_url)
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        for body, headers, query in BODIES:
            await received(world, signed(body, headers, query=query), provider)
        await world.settled()
        assert len(world.http.requests) > 2
        held = dumped(postgresql_store_url)

    assert b"paid" in held
    assert CANARY.encode() not in held


async def test_rules_see_a_removed_value_as_missing_and_the_rest_as_it_came(tmp_path: Path) -> None:
    provider = till()
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        said = {"note": "phải trả", "card": CANARY, "lines": [{"card": "1", "number": 2}]}
        await received(world, signed(json.dumps(said).encode(), JSON), provider)
        (row,) = world.store.log.events(EventFilter())
        event = world.store.log.event(row.id)

    assert event is not None
    data = event.event.body["data"] if hasattr(event, "event") else event.body["data"]
    assert data == {"note": "phải trả", "card": None, "lines": [{"card": None, "number": 2}]}


async def test_a_body_without_the_values_is_kept_byte_by_byte(tmp_path: Path) -> None:
    provider = till()
    body = b'{ "note" :  "paid" }'
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        accepted = await received(world, signed(body, JSON), provider)
        delivery = world.store.log.delivery(accepted.delivery_id)

    assert delivery is not None
    assert delivery.body == body


async def test_deliveries_that_differ_only_in_removed_values_are_two_and_a_repeat_is_one(
    tmp_path: Path,
) -> None:
    provider = till()
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        one, two = (json.dumps({"note": "n", "card": card}).encode() for card in ("1", "2"))
        received_ones = [
            (await received(world, signed(body, JSON), provider)).receipts[0].duplicate
            for body in (one, two, one)
        ]
        keys = [world.store.log.event(row.id) for row in world.store.log.events(EventFilter())]

    assert received_ones == [False, False, True]
    assert len(keys) == 2


async def test_a_sender_s_own_id_stays_the_key(tmp_path: Path) -> None:
    provider = till()
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        for card in ("1", "2"):
            body = json.dumps({"id": "order-7", "card": card}).encode()
            accepted = await received(world, signed(body, JSON), provider)

    assert accepted.receipts[0].duplicate


async def test_a_refused_delivery_says_that_its_values_are_gone(tmp_path: Path) -> None:
    provider = till()
    body = json.dumps({"card": CANARY}).encode()
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        with pytest.raises(RejectedDelivery):
            await world.intake.receive(provider, a_request({**JSON, **FORGED}, body))
        (row,) = world.store.log.deliveries()
        delivery = world.store.log.delivery(row.id)

    assert delivery is not None
    assert delivery.body == b'{"card":null}'
    obstacle = outlook(delivery, {"till": provider}).obstacle
    assert obstacle is not None
    assert obstacle.code == "values_removed"
    assert "removed from it by `redact`" in diagnose(delivery, {"till": provider}).render_text(
        ENGLISH_WORDS
    )


async def test_a_trusted_body_that_cannot_be_searched_is_not_kept_and_says_why(
    tmp_path: Path,
) -> None:
    provider = till()
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        accepted = await received(world, signed(b"card: 1", JSON), provider)
        delivery = world.store.log.delivery(accepted.delivery_id)

    assert delivery is not None
    assert (delivery.body, delivery.verdict) == (b"", Verdict.UNPARSABLE)
    assert delivery.reason_code == "redact_unreadable"
    assert SECRET not in repr(delivery)


def test_an_answer_that_cannot_be_made_logs_no_removed_value(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = till(answer={"body": "{{ event.data.card | date('%Y') }}{{ event.data.note }}"})
    body = json.dumps({"card": f"x{CANARY}", "note": "paid"}).encode()
    answer = accepted_answer(provider, a_request(JSON, body), Accepted(1, ()))

    assert CANARY.encode() not in repr(answer).encode()
    assert CANARY not in caplog.text
