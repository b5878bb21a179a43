"""Sets of documents are edited through TinyDB, one edit after the other."""

import asyncio

import pytest
from tinydb import Query, TinyDB

from automator.clock import ManualClock
from automator.model import AutomatorError, ConflictError
from automator.store import Store
from automator.store.documents.documents import MAX_DOCUMENTS
from automator.store.documents.sessions import LIFETIME_MS


async def test_concurrent_edits_lose_nothing(store: Store) -> None:
    def increment(documents: TinyDB) -> None:
        documents.insert({"kind": "mark"})
        documents.upsert(
            {"kind": "counter", "value": _value(documents) + 1}, Query().kind == "counter"
        )

    await asyncio.gather(*[store.documents.edit("set", increment) for _ in range(100)])

    assert await store.documents.read("set", _value) == 100
    assert len(await store.documents.read("set", lambda documents: documents.all())) == 101


def _value(documents: TinyDB) -> int:
    found = documents.get(Query().kind == "counter")
    return found["value"] if isinstance(found, dict) else 0


async def test_a_set_comes_back_as_it_was_written(store: Store) -> None:
    document = {"name": "Áo Đẹp \ud83d", "big": 2**70}

    number = await store.documents.edit("set", lambda documents: documents.insert(document))

    assert await store.documents.read("set", lambda documents: documents.get(doc_id=number)) == (
        document
    )
    assert await store.documents.read("other", lambda documents: documents.all()) == []


async def test_a_set_has_a_size_that_it_cannot_outgrow(store: Store) -> None:
    full = [{"n": number} for number in range(MAX_DOCUMENTS)]
    await store.documents.edit("set", lambda documents: documents.insert_multiple(full))

    with pytest.raises(AutomatorError, match="1001 documents"):
        await store.documents.edit("set", lambda documents: documents.insert({"n": -1}))

    assert await store.documents.read("set", len) == MAX_DOCUMENTS


async def test_a_set_that_is_read_cannot_be_written(store: Store) -> None:
    with pytest.raises(ConflictError, match="reading only"):
        await store.documents.read("set", lambda documents: documents.insert({"n": 1}))


async def test_a_rule_set_gets_a_new_revision_only_when_it_changed(
    store: Store, clock: ManualClock
) -> None:
    assert store.log.latest_ruleset() is None
    files = {"rules/gia.yaml": "rules: [] # Giá"}

    revisions = [
        await store.rulesets.publish(files, digest, "hoa") for digest in ("a", "a", "b", "a")
    ]

    assert revisions == [1, 1, 2, 3]
    assert [row.digest for row in store.log.rulesets()] == ["a", "b", "a"]
    latest = store.log.latest_ruleset()
    assert latest is not None
    assert latest == store.log.ruleset(3)
    assert (latest.files, latest.author, latest.created_at) == (files, "hoa", clock.now_ms())
    assert store.log.ruleset(9) is None


async def test_a_session_lives_until_it_is_ended(store: Store, clock: ManualClock) -> None:
    sessions = store.sessions
    for token in ("one", "two", "three"):
        await sessions.create(token, "hoa" if token != "three" else "lan", now_ms=clock.now_ms())
    await sessions.touch("one", now_ms=clock.now_ms() + 5)

    one = await sessions.find("one")
    assert one is not None
    assert (one.account, one.seen_at - one.created_at) == ("hoa", 5)

    await sessions.delete("two")
    assert await sessions.find("two") is None
    await sessions.delete_account("hoa")
    assert await sessions.find("one") is None

    clock.advance(LIFETIME_MS / 1000)
    assert await sessions.find("three") is None
    await sessions.delete_expired()
