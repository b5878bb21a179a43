"""A search finds by words, the newest first, and whatever is indexed already or not yet."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import create_engine

from automator.clock import ManualClock
from automator.model import Event, RunState
from automator.model.log_filters import EventFilter, RunFilter
from automator.store import EventPlan, Store
from automator.store.database.address import database_of
from automator.store.database.statements import WriteConnection
from automator.store.log import pruning
from automator.store.log.pruning import Cutoffs, Stage
from automator.store.search import indexing, search, word_index
from automator.store.search.indexing import LAG_MS
from automator.store.search.tokenizer import Search
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS, IdRange
from tests.support.store import Shop, asked_of, indexed, opened

TEXTS = [
    "Giá bao nhiêu vậy shop?",
    "Ship về Đà Nẵng được không ạ",
    "gia size M bao nhieu",
    "inbox em nhé",
    "GIÁ sỉ 100 cái",
    "Đà Nẵng có shop không",
]
QUERIES = ["gia", "GIÁ bao", "da nang", "shop", "100", "lan", "lan inbox", "khong co", "", "?!",
           "nh", "inb em", "da n", "g", "gi m"]  # fmt: skip


async def filled(store: Store, shop: Shop, times: int = 12) -> list[Event]:
    """Several events, each with a run, so many of each text."""
    return [
        (await shop.receive(store, body={"text": f"{text} {number}", "actor": {"name": "Lan"}}))[0]
        for number in range(times)
        for text in TEXTS
    ]


def prepared(store: Store, clock: ManualClock) -> Sequence[indexing.Part]:
    """All that may be put into the indexes, by a node that is slow."""
    with store.log.queries() as db:
        found = indexing.prepare(db, clock.now_ms() - LAG_MS, 1_000)
    assert found is not None
    return found.parts


async def put(store: Store, part: indexing.Part) -> bool:
    return await store._edit(lambda db, batch: indexing.put(db, part, batch.node))


def expected(events: list[Event], query: str) -> list[int]:
    words = Search.of(query)
    return [
        event.id
        for event in reversed(events)
        if not query or words.finds(event.body["text"], event.body["actor"]["name"])
    ]


@pytest.mark.parametrize("is_indexed", [False, True])
async def test_an_event_is_found_by_a_part_of_a_word_and_by_the_ids_in_it(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    body = {
        "text": "Giảm giá không shop?",
        "comment": {"id": "1221000_98765"},
        "data": {"post_id": 4242424242, "items": [{"sku_id": "AO-77"}], "phone": "0900000000"},
    }
    event, _ = await shop.receive(store, body=body)
    await shop.receive(store, body={"text": "ship về Huế"})
    if is_indexed:
        await indexed(store, clock)

    for query in ("gia", "giảm", "gi", "kho", "1221000_98765", "98765", "42424", "ao-77", "AO 77"):
        assert [row.id for row in store.log.events(EventFilter(text=query))] == [event.id], query
        runs = store.log.runs(RunFilter(text=query))
        assert [row.run.event_id for row in runs] == [event.id], query
    for query in ("iam", "0900000000", "giamm"):
        assert store.log.events(EventFilter(text=query)) == [], query


@pytest.mark.parametrize("is_indexed", [False, True])
async def test_a_long_id_is_found_in_full_and_by_its_parts_but_not_by_a_beginning(
    store: Store, shop: Shop, clock: ManualClock, is_indexed: bool
) -> None:
    body = {
        "text": "gọi em 0901234567890123 nhé",
        "post": {"id": "104857600000001_122100000000002"},
        "message": {"mid": "m_" + "aB7" * 30},
    }
    event, _ = await shop.receive(store, body=body)
    await shop.receive(store, body={"text": "ship về Huế", "id": "104857600000009"})
    if is_indexed:
        await indexed(store, clock)

    in_full = ("104857600000001_122100000000002", "122100000000002", "m_" + "Ab7" * 30)
    for query in (*in_full, "em 104857600000001", "09012345678", "0901234567890123"):
        assert [row.id for row in store.log.events(EventFilter(text=query))] == [event.id], query
        runs = store.log.runs(RunFilter(text=query))
        assert [row.run.event_id for row in runs] == [event.id], query
    for query in ("10485760000000", "12210000", "m_" + "aB7" * 20):
        assert store.log.events(EventFilter(text=query)) == [], query


@pytest.mark.parametrize("how_much", ["nothing", "half", "all"])
async def test_a_search_finds_the_same_whatever_is_indexed(
    store: Store, shop: Shop, clock: ManualClock, how_much: str
) -> None:
    events = await filled(store, shop)
    if how_much != "nothing":
        await indexed(store, clock)
    if how_much == "half":
        events += await filled(store, shop)

    for query in QUERIES:
        wanted = expected(events, query)
        assert [row.id for row in store.log.events(EventFilter(text=query), limit=500)] == wanted
        found = store.log.runs(RunFilter(text=query), limit=500)
        assert [row.run.event_id for row in found] == wanted
        assert [row.id for row in found] == sorted((row.id for row in found), reverse=True)


async def test_pages_of_a_search_leave_nothing_out(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    events = await filled(store, shop)
    await indexed(store, clock)
    events += await filled(store, shop)

    pages = []
    before = None
    while page := store.log.events(
        EventFilter(text="shop", connection="shop-page"), before=before, limit=7
    ):
        pages += [row.id for row in page]
        before = page[-1].id

    assert pages == expected(events, "shop")
    oldest_first = store.log.events(EventFilter(text="shop"), after=1, limit=500)
    assert [row.id for row in oldest_first] == pages[::-1]
    since = RunFilter(text="shop", since_ms=clock.now_ms())
    assert len(store.log.runs(since, limit=500)) == len(pages) // 2
    assert store.log.runs(RunFilter(text="shop", rule="other")) == []
    assert len(store.log.runs(RunFilter(text="shop", states=(RunState.QUEUED,)), limit=500)) == len(
        pages
    )


async def test_runs_are_found_by_what_their_attempts_say_also_those_made_later(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)
    await indexed(store, clock)
    claimed = (await store.claim(1))[0]
    await store.settle(
        shop.settlement(claimed, attempts=(shop.attempt(claimed, summary="Khách bận, gọi lại"),))
    )

    before = [row.id for row in store.log.runs(RunFilter(text="gia khach ban"))]
    await indexed(store, clock)
    after = [row.id for row in store.log.runs(RunFilter(text="gia khach ban"))]

    assert before == after == [claimed.run.id]
    assert store.log.events(EventFilter(text="gia khach")) == []


async def test_a_restart_goes_on_where_indexing_was(
    store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(store_url, clock) as store:
        events = await filled(store, shop)
        clock.advance(LAG_MS / 1000)
        assert 0 < await store.upkeep.index_words(portion=16) < 2 * len(events)
    async with opened(store_url, clock) as store:
        await indexed(store, clock)

        assert await store.upkeep.index_words() == 0
        assert [row.id for row in store.log.events(EventFilter(text="gia"), limit=500)] == expected(
            events, "gia"
        )


async def test_a_run_is_left_alone_until_it_has_had_time_for_its_attempts(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store)

    assert await store.upkeep.index_words() == 0
    clock.advance(LAG_MS / 1000)
    assert await store.upkeep.index_words() == 2


async def test_a_run_that_is_noted_twice_is_indexed_once_wherever_a_portion_ends(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PORTION", 7)
    for number in range(12):
        await shop.receive(store, body={"text": f"Giá {number}"})
    for claimed in await store.claim(12):
        await store.settle(
            shop.settlement(claimed, attempts=(shop.attempt(claimed, summary="Khách bận"),))
        )
    put: list[int] = []
    as_it_is = word_index.WordIndex.put

    def counted(index: word_index.WordIndex, connection: Any, documents: Any) -> None:
        put.extend([number for number, _ in documents])
        as_it_is(index, connection, documents)

    monkeypatch.setattr(word_index.WordIndex, "put", counted)
    await indexed(store, clock)

    assert sorted(put) == sorted({*put})
    assert len(store.log.runs(RunFilter(text="khach"))) == len(put) == 12


@pytest.mark.parametrize(
    "typed",
    [
        *('"', "gia*", "words:gia", "gia OR shop", "NEAR(gia shop)", "^gia", "'; --", "\\"),
        *("a" * 10_000, "gia & shop", "!gia", "gia:*", "(", "\0gia", "\ud800"),
    ],
)
async def test_nothing_that_is_typed_is_syntax(
    store: Store, shop: Shop, clock: ManualClock, typed: str
) -> None:
    events = await filled(store, shop)
    await indexed(store, clock)

    found = [row.id for row in store.log.events(EventFilter(text=typed), limit=500)]

    assert found == expected(events, typed)


async def test_one_node_at_a_time_indexes(
    postgresql_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    other_node = create_engine(postgresql_store_url)
    async with opened(postgresql_store_url, clock) as store:
        await shop.receive(store)
        clock.advance(LAG_MS / 1000)
        with other_node.begin() as connection:
            assert database_of(postgresql_store_url).try_lock(connection, "word index")
            assert await store.upkeep.index_words() == 0
        assert await store.upkeep.index_words() == 2
    other_node.dispose()


async def test_while_nothing_comes_in_fewer_commits_have_more_documents(
    sqlite_store_url: str, shop: Shop, clock: ManualClock
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        for _ in range(200):
            await shop.receive(store)
        clock.advance(LAG_MS / 1000)
        until_ms = clock.now_ms() - LAG_MS
        with store.log.queries() as db:
            steady = indexing.prepare(db, until_ms, portion=400)
            quiet = indexing.prepare(db, until_ms, portion=400, quiet=True)

    assert steady is not None
    assert quiet is not None
    assert [len(part.of_events) for part in steady.parts] == [48, 48, 48, 48, 8]
    assert [len(part.of_events) for part in quiet.parts] == [192, 8]


async def test_a_process_that_ends_between_two_parts_leaves_nothing_out_and_counts_once(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_AT_ONE_COMMIT", 5)
    events = await filled(store, shop, times=3)
    follow_ups = [shop.follow_up(event) for event in events[:4]]
    await store.run_edits.add(follow_ups)
    clock.advance(LAG_MS / 1000)
    hours = store.log.hours(0)
    parts = prepared(store, clock)
    assert len(parts) == (1 if store.log.engine.dialect.name == "postgresql" else 5)
    for part in parts[:-1]:
        assert await put(store, part)

    await indexed(store, clock)

    assert not await put(store, parts[-1])
    assert store.log.hours(0) == hours
    for query in QUERIES:
        wanted = expected(events, query)
        assert [row.id for row in store.log.events(EventFilter(text=query), limit=500)] == wanted
    found = store.log.runs(RunFilter(text="gia"), limit=500)
    assert {run.id for run in follow_ups if run.event_id in expected(events, "gia")} <= {
        row.id for row in found
    }


async def test_what_another_node_has_indexed_meanwhile_is_put_and_counted_once(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    received, _ = await shop.receive(store)
    clock.advance(LAG_MS / 1000)
    (late,) = prepared(store, clock)
    hours = store.log.hours(0)
    await indexed(store, clock)

    assert not await put(store, late)
    assert store.log.hours(0) == hours
    assert [row.id for row in store.log.events(EventFilter(text="gia"))] == [received.id]


async def test_what_retention_deletes_or_empties_while_it_is_prepared_is_not_found(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    empty, _ = await shop.receive(store, body={})
    emptied, _ = await shop.receive(store, who="minh")
    deleted, _ = await shop.receive(store, who="hoa")
    kept, _ = await shop.receive(store, who="hung")
    await store.run_edits.add([shop.follow_up(one) for one in (deleted, kept)])
    clock.advance(LAG_MS / 1000)
    (late,) = prepared(store, clock)

    def prune(db: WriteConnection, _batch: object) -> None:
        later_ms = clock.now_ms() + 1
        without_keys, with_keys = Cutoffs(None, later_ms, None), Cutoffs(None, later_ms, later_ms)
        pruning._let_go(db.core, Stage.LOG, [emptied.id], without_keys)
        pruning._let_go(db.core, Stage.LOG, [deleted.id], with_keys)

    await store._edit(prune)

    assert await put(store, late)
    assert [row.id for row in store.log.events(EventFilter(text="gia"))] == [kept.id]
    assert len(store.log.runs(RunFilter(text="gia"))) == 2
    of_connection = store.log.events(EventFilter(connection="shop-page", type=empty.type))
    assert {empty.id, kept.id} <= {row.id for row in of_connection}
    with store.log.engine.connect() as connection:
        for index in (EVENT_WORDS, RUN_WORDS):
            found, _ = index.find(connection, [["gia"]], IdRange(), 10)
            assert set(found) <= {kept.id, *(row.id for row in store.log.runs())}


@pytest.mark.parametrize("looked_up", [512, 3, 1])
@pytest.mark.parametrize("how_much", ["nothing", "half", "all"])
async def test_a_search_in_a_state_finds_the_same_whichever_it_looks_at_first(
    store: Store,
    shop: Shop,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    how_much: str,
    looked_up: int,
) -> None:
    monkeypatch.setattr(search, "MOST_LOOKED_UP", looked_up)
    await filled(store, shop, times=2)
    if how_much == "half":
        await indexed(store, clock)
        await filled(store, shop, times=2)
    rows = store.log.runs(limit=1000)
    for number, row in enumerate(rows):
        if number % 4:
            await store.run_edits.cancel(row.id, "hoa")
    if how_much == "all":
        await indexed(store, clock)
    clock.advance(1)

    for query in QUERIES:
        if not query:
            continue
        wanted = RunFilter(states=(RunState.CANCELLED, RunState.DEAD), text=query)
        looks = Search.of(query)
        among = [
            row.id
            for number, row in enumerate(rows)
            if number % 4 and looks.finds(row.text, row.actor_name)
        ]
        page = store.log.runs(wanted, limit=3)
        rest = store.log.runs(wanted, before=page[-1].id, limit=100) if page else []
        up = store.log.runs(wanted, after=0, limit=2)

        assert [row.id for row in [*page, *rest]] == among
        assert [row.id for row in up] == among[::-1][:2]


async def test_a_page_reads_no_more_rows_than_it_shows(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are found: thousands of ids in one query cost more than finding them did."""
    # What is found on PostgreSQL far from the beginning is found all at once.
    monkeypatch.setattr(word_index, "_MOST_WALKED", 0)
    delivery = shop.delivery()
    found = [shop.event(delivery) for _ in range(60)]
    await store.ingest(delivery, [EventPlan(item, (shop.run(item),), 1) for item in found])
    clock.advance(LAG_MS / 1000)
    await store.upkeep.index_words()

    with asked_of(store.log) as statements:
        page = store.log.runs(RunFilter(text="gia"), limit=5)

    asked = [parameters for statement, parameters in statements if "AS attempts" in statement]
    assert len(page) == 5
    assert len(asked) == 1
    assert len(asked[0]) < len(found) / 2


async def test_rare_words_are_looked_for_only_as_far_as_a_page_needs(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL reads the row of each match, so that all matches of a word would take long."""
    monkeypatch.setattr(word_index, "_MOST_WALKED", 25)
    delivery = shop.delivery()
    texts = ["áo len" if number % 10 == 4 else "đẹp quá" for number in range(300)]
    found = [shop.event(delivery, body={"text": text}) for text in texts]
    await store.ingest(delivery, [EventPlan(item, (), 1) for item in found])
    clock.advance(LAG_MS / 1000)
    await store.upkeep.index_words()
    wanted = [item.id for item, text in zip(found, texts, strict=True) if text == "áo len"]
    filters = EventFilter(text="áo len")

    with asked_of(store.log) as asked:
        newest = [row.id for row in store.log.events(filters, limit=4)]
        oldest = [row.id for row in store.log.events(filters, after=0, limit=4)]
    none = store.log.events(EventFilter(text="áo len nâu"), limit=4)
    all_of_them = [row.id for row in store.log.events(filters, limit=50)]

    ranges = [parameters[1:3] for statement, parameters in asked if "MATERIALIZED" in statement]
    # SQLite finds what a page needs in one way, without a range.
    of_newest, of_oldest = ranges or [(wanted[-5], 0), (0, wanted[5])]
    assert newest == wanted[:-5:-1]
    assert oldest == wanted[:4]
    assert 0 < of_newest[0] <= wanted[-5]
    assert wanted[4] <= of_oldest[1] < found[-1].id
    assert none == []
    assert all_of_them == wanted[::-1]


async def test_a_frequent_beginning_is_looked_for_in_the_rows_of_a_rarer_word(
    store: Store, shop: Shop, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's index would collect all ids with a word that begins so."""
    if store.log.engine.dialect.name == "sqlite":
        pytest.skip("its index has the ids of a beginning in order")
    monkeypatch.setattr(word_index, "_MOST_WALKED", 5)
    monkeypatch.setattr(word_index, "_ENTRIES_FOR_ONE_ROW", 2)
    delivery = shop.delivery()
    # PostgreSQL guesses how often words begin so, unless it knows a hundred words.
    texts = [f"giá {'áo' if number % 100 == 4 else 'sao'} m{number % 150}" for number in range(300)]
    texts[4] = "nón áo"
    found = [shop.event(delivery, body={"text": text}) for text in texts]
    await store.ingest(delivery, [EventPlan(item, (), 1) for item in found])
    clock.advance(LAG_MS / 1000)
    await store.upkeep.index_words()
    await store._edit(lambda db, _batch: db.core.exec_driver_sql("ANALYZE event_words"))

    with asked_of(store.log) as asked:
        of_both = [row.id for row in store.log.events(EventFilter(text="gia ao"))]
    with asked_of(store.log) as alone:
        store.log.events(EventFilter(text="gia gi"))

    assert of_both == [found[204].id, found[104].id]
    ((by_index, *_, by_row, _),) = [values for text, values in asked if "MATERIALIZED" in text]
    assert "ao" in by_index
    assert "gia" not in by_index
    assert "gia" in by_row
    assert [values[3] for text, values in alone if "MATERIALIZED" in text] in ([], [None])
