"""The rows of nodes: the processes that share a database, and the leases on the runs they claimed.

Every node has a row, which it renews together with its leases. If a node is silent for longer than
a lease while another node is not, it loses its claims: the other node puts the runs back into the
queue.
"""

import random
from collections.abc import Collection

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update
from sqlalchemy.sql.expression import ColumnElement

from automator.model import N_, AutomatorError, RunState, record
from automator.model.ids import MAX_NODE
from automator.store.batch.batch import Batch
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.tables import runs
from automator.store.schema.upkeep_tables import nodes

#: After so many milliseconds of silence, while another node is not silent, a node loses its number.
FORGOTTEN_MS = 3_600_000

_running: ColumnElement[bool] = literal_column(f"state = {int(RunState.RUNNING)}")
_EXTEND = Statement(
    update(runs)
    .where(
        runs.c.id.in_(KEYS),
        runs.c.owner == bindparam("own"),
        _running,
    )
    .values(lease_until=bindparam("new_lease"))
)
_STILL_OURS = Statement(
    select(runs.c.id).where(runs.c.id.in_(KEYS), runs.c.owner == bindparam("own"), _running)
)


@record(kw_only=False)
class NodeRow:
    """A process that works on the database, or did so recently. Times are in milliseconds."""

    id: int
    started_at: int
    heartbeat_at: int
    version: str
    revision: int

    @property
    def name(self) -> str:
        """The name of the node in the claims that it owns."""
        return node_name(self.id)


@record(kw_only=False)
class Membership:
    """The number that this node has taken, and when it took it."""

    number: int
    started_at: int

    @property
    def name(self) -> str:
        """The name of the node in the claims that it owns."""
        return node_name(self.number)


LATEST_FIRST = select(nodes).order_by(nodes.c.heartbeat_at.desc())


def node_name(number: int) -> str:
    """The name of a node in runs, attempts and logs."""
    return f"node-{number}"


def join(db: WriteConnection, version: str, batch: Batch) -> Membership:
    """Takes a number that no other node has.

    Raises:
        AutomatorError: there are too many nodes.
    """
    db.database.lock(db.core, "nodes")
    forgotten = delete(nodes)
    if db.database.is_shared:
        # Measured from the latest heartbeat of any node, because none can be stored while the
        # database is away.
        latest = select(func.max(nodes.c.heartbeat_at)).scalar_subquery()
        forgotten = forgotten.where(nodes.c.heartbeat_at < latest - FORGOTTEN_MS)
    db.core.execute(forgotten)
    ids_in_use = set(db.core.execute(select(nodes.c.id)).scalars())
    free = [number for number in range(MAX_NODE + 1) if number not in ids_in_use]
    if not free:
        raise AutomatorError(
            N_("{taken} nodes work on this database already, which is the most there can be"),
            fix=N_("Stop some of them; a node that ended is forgotten after an hour."),
            code="too-many-nodes",
            taken=len(ids_in_use),
        )
    # Random, because ids of this very millisecond may contain a number that was given up just now.
    number = random.choice(free)  # noqa: S311 - nothing is secret about it.
    db.core.execute(
        insert(nodes).values(
            id=number,
            started_at=batch.now_ms,
            heartbeat_at=batch.now_ms,
            version=version,
            revision=0,
        )
    )
    return Membership(number, batch.now_ms)


def leave(db: WriteConnection, me: Membership) -> None:
    """Gives the number back, because the node ends."""
    db.core.execute(
        delete(nodes).where(nodes.c.id == me.number, nodes.c.started_at == me.started_at)
    )


def renew(
    db: WriteConnection, me: Membership, held: Collection[int], revision: int, batch: Batch
) -> frozenset[int] | None:
    """Renews a node's row and its leases; returns the runs in `held` that the node has lost.

    Returns None if another node may have its number by now.
    """
    renewed = db.core.execute(
        update(nodes)
        .where(nodes.c.id == me.number, nodes.c.started_at == me.started_at)
        .values(heartbeat_at=batch.now_ms, revision=revision)
    ).rowcount
    if not renewed:
        return None
    if db.update_in(_EXTEND, sorted(held), own=me.name, new_lease=batch.lease_until) == len(held):
        return frozenset()
    return frozenset(held).difference(
        row.id for row in db.query_in(_STILL_OURS, sorted(held), own=me.name)
    )
