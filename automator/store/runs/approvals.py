"""Stores people's decisions about steps that wait for approval; the runs then go on."""

from collections import Counter
from dataclasses import replace

from sqlalchemy import func, literal_column, select

from automator.lifecycle import On, move
from automator.model import Proposal, Waits
from automator.model.speech import APPROVALS, without_open_proposals
from automator.store.batch.batch import Batch, Edit
from automator.store.database.statements import WriteConnection
from automator.store.runs.prepared_settlement import NO_REASON, PreparedSettlement
from automator.store.runs.run_edits import decided, moved_by_person, write_decision
from automator.store.schema.encoding import clean_text, dump_json
from automator.store.schema.tables import WAITS_FOR_SOMETHING, runs

_TAKEN = (
    select(runs.c.rule, func.count().label("count"))
    .where(
        literal_column(f"runs.{WAITS_FOR_SOMETHING}"),
        runs.c.waits_for == Waits.APPROVAL.value,
    )
    .group_by(runs.c.rule)
)


def judge_step(
    db: WriteConnection,
    run_id: int,
    step: str,
    did: str,
    who: str,
    batch: Batch,
    *,
    text: str | None = None,
    because: str = "",
) -> bool:
    """Approves a step, with `text` instead of its own if given, or declines it. The run goes on.

    Returns False if the step does not wait for a decision. Only the first decision counts, and none
    counts after the time for it.
    """
    found = decided(db, run_id, On.JUDGED, did, who, batch)
    if found is None or found.waits_for != Waits.APPROVAL or found.run_at <= batch.now_ms:
        return False
    kept = found.data.get(APPROVALS, {})
    proposal = Proposal.of_data(kept[step]) if step in kept else None
    if proposal is None or proposal.decided:
        return False
    was = None
    if text is not None and text != proposal.text:
        was, proposal = proposal.text, proposal.with_text(text)
    at = batch.own_time(batch.now_ms)
    decision = {"did": did, "by": who, "at": at, "because": because, "was": was}
    proposal = replace(proposal, decided=decision)
    data = {**found.data, APPROVALS: {**kept, step: proposal.as_data()}}
    values = {**moved_by_person(move(On.JUDGED), batch), "data": dump_json(data)}
    write_decision(db, run_id, found, values, batch)
    return True


class WaitingPlaces:
    """Limits how many runs wait for approval, in the commit that lets another one wait.

    So neither many runs at once nor a second node can exceed the limit.
    """

    def __init__(self, db: WriteConnection) -> None:
        self._db = db
        self._taken: Counter[str] | None = None

    def take(self, prepared: PreparedSettlement, rule: str, batch: Batch) -> PreparedSettlement:
        """The settlement of a run that begins to wait; changed if too many runs wait already.

        Then the run goes back into the queue, is due at once, and learns that it cannot wait.
        """
        settlement = prepared.settlement
        places = settlement.places
        if places is None or settlement.waits_for is not Waits.APPROVAL:
            return prepared
        counts = self._counted()
        if counts.total() < places.in_all and counts[rule] < places.of_rule:
            counts[rule] += 1
            return prepared
        given_back = replace(
            settlement,
            state=move(On.GIVEN_BACK).to,
            run_at=batch.own_time(batch.now_ms),
            reason=None,
            waits_for=None,
            leaves_lane=False,
        )
        data = dump_json(without_open_proposals(settlement.data))
        return replace(prepared, settlement=given_back, data=data, reason=NO_REASON)

    def _counted(self) -> Counter[str]:
        if self._taken is None:
            # No other node may count at the same time.
            self._db.database.lock(self._db.core, "approvals")
            self._taken = Counter({row.rule: row.count for row in self._db.core.execute(_TAKEN)})
        return self._taken


class ApprovalEdits:
    """The part of the store for decisions about steps that wait for approval."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def approve(self, run_id: int, step: str, who: str, text: str | None = None) -> bool:
        """Lets a step be done, with another text if given. Returns False if it does not wait."""
        name, said = clean_text(who), None if text is None else clean_text(text)
        return await self._edit(
            lambda db, batch: judge_step(db, run_id, step, "approve", name, batch, text=said)
        )

    async def decline(self, run_id: int, step: str, who: str, because: str = "") -> bool:
        """Lets a step be left out. Returns False if it does not wait."""
        name, why = clean_text(who), clean_text(because)
        return await self._edit(
            lambda db, batch: judge_step(db, run_id, step, "decline", name, batch, because=why)
        )
