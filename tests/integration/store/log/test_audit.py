"""The audit trail: rows and changes are stored together, in one chain that shows every forgery."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from automator.clock import ManualClock
from automator.model import DAY_MS, ConflictError
from automator.reasons.audit import audit_rows_ended, rules_changed
from automator.store import Store
from automator.store.batch.audit import FIRST, Change, hash_of, note, under_way
from automator.store.log.audit_log import AuditFilter
from automator.store.schema.upkeep_tables import audit
from tests.support.store import opened


def made(name: str = "token_made", **more: Any) -> Change:
    return Change(name, "mai", "127.0.0.1", **more)


async def change(store: Store, db: Any) -> Any:
    return await store._edit(lambda connection, _batch: connection.core.execute(db).rowcount)


@pytest.mark.asyncio
async def test_a_change_and_its_row_are_stored_in_one_commit(store: Store) -> None:
    with under_way(made()):
        note(after={"role": "viewer"})
        await store.documents.edit("set", lambda documents: documents.insert({"a": 1}))
        await store.documents.edit("set", lambda documents: documents.insert({"b": 1}))
    (row,) = store.log.audit(AuditFilter(), limit=10)
    assert (row.id, row.who, row.remote, row.after) == (1, "mai", "127.0.0.1", {"role": "viewer"})


@pytest.mark.asyncio
async def test_a_refused_change_leaves_no_row(store: Store) -> None:
    def refuse(_documents: object) -> None:
        raise ConflictError("no")

    with under_way(made()), pytest.raises(ConflictError):
        await store.documents.edit("set", refuse)
    with under_way(made()):
        await store.sessions.delete("unknown")
    assert not store.log.audit(AuditFilter(), limit=10)


@pytest.mark.asyncio
async def test_what_goes_on_after_the_answer_is_no_part_of_the_change(store: Store) -> None:
    over = made()
    over.is_over = True
    with under_way(over):
        await store.documents.edit("set", lambda documents: documents.insert({"a": 1}))
    assert not store.log.audit(AuditFilter(), limit=10)


@pytest.mark.asyncio
async def test_two_writers_at_once_make_one_chain(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="one") as one,
        opened(postgresql_store_url, clock, node="two") as two,
    ):

        async def record(store: Store) -> None:
            for _ in range(60):
                await store.record_change(made())

        await asyncio.gather(record(one), record(two))
        found = one.log.verify_audit()
        assert (found.rows, found.last, found.wrong) == (120, 120, None)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "forgery",
    [
        update(audit).where(audit.c.id == 3).values(author="lan"),
        update(audit).where(audit.c.id == 3).values(person="shop:other"),
        delete(audit).where(audit.c.id == 3),
    ],
)
async def test_the_first_row_that_was_changed_or_removed_is_named(
    store: Store, forgery: Any
) -> None:
    for _ in range(5):
        await store.record_change(made(person="shop:lan"))
    assert store.log.verify_audit().wrong is None
    await change(store, forgery)
    assert store.log.verify_audit().wrong == 3


@pytest.mark.asyncio
async def test_the_newest_rows_cannot_be_removed_unseen(store: Store) -> None:
    for _ in range(3):
        await store.record_change(made())
    await change(store, delete(audit).where(audit.c.id == 3))
    assert store.log.verify_audit().wrong == 3


@pytest.mark.asyncio
async def test_erasing_a_person_keeps_the_chain(store: Store) -> None:
    await store.record_change(made("contact_written", person="shop:lan"))
    assert store.log.audit(AuditFilter(), limit=1)[0].what.params["person"] == "shop:lan"
    assert await store.erasing.forget(["shop:lan"])
    with store.log.engine.connect() as reading:
        assert b"lan" not in b"".join(
            str(one).encode() for one in reading.execute(select(audit)).all()
        )
    assert store.log.verify_audit().wrong is None


@pytest.mark.asyncio
async def test_retention_leaves_a_chain_that_can_be_verified(
    store: Store, clock: ManualClock
) -> None:
    for _ in range(3):
        await store.record_change(made())
    clock.advance(10 * DAY_MS / 1000)
    await store.record_change(made())
    assert await store.upkeep.prune_audit(clock.now_ms() - DAY_MS // 2) == 3
    found = store.log.verify_audit()
    assert (found.first, found.last, found.wrong) == (4, 5, None)
    assert store.log.newest_audit(audit_rows_ended.code) is not None
    await change(store, delete(audit).where(audit.c.id == 4))
    assert store.log.verify_audit().wrong == 4


@pytest.mark.asyncio
async def test_rules_that_change_on_disk_are_a_row(store: Store) -> None:
    await store.rulesets.publish({"a.yaml": "1"}, "d1", "changed on disk")
    await store.rulesets.publish({"a.yaml": "1"}, "d1", "changed on disk")
    (row,) = store.log.audit(AuditFilter(what=rules_changed.code), limit=10)
    assert (row.who, row.what.params, row.before, row.after) == (
        "changed on disk",
        {"files": ["a.yaml"]},
        {"revision": 0},
        {"revision": 1},
    )


@pytest.mark.asyncio
async def test_a_row_is_bounded(store: Store) -> None:
    large = {str(number): ["x" * 1_000] * 1_000 for number in range(1_000)}
    await store.record_change(made(values={"name": "n" * 10_000}, before=large, after=large))
    with store.log.engine.connect() as reading:
        bodies = reading.execute(select(audit.c.body)).scalars().all()
    assert max(map(len, bodies)) < 8_000
    assert store.log.verify_audit().wrong is None


_TEXTS = st.text(max_size=8)


@given(_TEXTS, _TEXTS, st.binary(max_size=8), _TEXTS)
def test_the_hash_depends_on_every_column(
    author: str, remote: str, body: bytes, other: str
) -> None:
    row = {"id": 1, "at": 2, "author": author, "remote": remote, "code": "c", "digest": ""}
    row |= {"body": body}
    for name in ("author", "remote", "code", "digest"):
        assert (hash_of(row, FIRST) == hash_of({**row, name: other}, FIRST)) == (row[name] == other)
    assert hash_of(row, FIRST) != hash_of(row, "1" * 64)
