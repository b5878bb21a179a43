"""One attempt of one step: its inputs, the permission to send, the action, and the outcome.

`next_step.py` has the step with everything that it sees, and `performer.py` makes the attempt: the
condition, the inputs (`step_inputs.py`), the ports (`step_ports.py`), the permission to say
something, the action, the record without secrets. Before that, `look_ups.py` finds the values that
the step reads of its person and its post. `step_outcome.py` has the outcome. `dry_http.py` takes
the place of other systems where nothing is to be sent. `automator.engine.runs` makes the next move.
Open `performer.py` first.
"""
