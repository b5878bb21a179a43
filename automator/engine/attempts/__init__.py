"""One attempt of one step: its inputs, the permission to send, the action, and the outcome.

`next_step.py` has the step with everything that it sees, and `names.py` finds the values that it
reads of its person and its post. `performer.py` makes the attempt: the condition, the inputs and
ports of `step_ports.py`, the permission to say something, the action, and the outcome.
`recording.py` keeps the record without secrets. `dry_http.py` takes the place of other systems
where nothing is to be sent. `automator.engine.runs` makes the next move. Open `performer.py` first.
"""
