"""The run of a try in the state that a claim gives it, although no store has claimed it."""

from collections.abc import Mapping
from typing import Any

from automator.http.json_body import dump_json
from automator.lifecycle import On, move
from automator.model import Claimed, Event, NewRun, Run

#: The node that owns the runs of a try.
NODE = "try"


def claimed_run(new: NewRun, event: Event, contact: Mapping[str, Any]) -> Claimed:
    """A new run of an event as a worker claims it, with the contact as it is by then."""
    made = move(On.CLAIMED)
    run = Run(
        id=new.id,
        event_id=new.event_id,
        rule=new.rule,
        revision=new.revision,
        lane=new.lane,
        contact=new.contact,
        path=new.path,
        parent_id=new.parent_id,
        state=made.to,
        step=new.step,
        attempt=made.attempt_after(0),
        crashes=0,
        seq_at=new.run_at,
        run_at=new.run_at,
        acts_until=new.acts_until,
        # The try checks the pause itself, because no store does it here.
        created_at=0,
        finished_at=None,
        owner=NODE,
        data=new.data,
        reason=None,
    )
    body = event.body
    return Claimed(
        run=run,
        event=body,
        event_json=dump_json(body),
        connection=event.connection,
        delivery_id=event.delivery_id,
        contact=contact,
        events=[body],
    )
