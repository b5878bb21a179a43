"""One attempt of one step: its inputs, the permission to send, the action, and the outcome.

`next_step.py` is what an attempt is made of, and `performer.py` makes it: the condition, the inputs
(`step_inputs.py`), the ports (`step_ports.py`), the permission to say something, the action, the
record without secrets. `look_ups.py` asks before for what the step reads of its person and its
post. `step_outcome.py` is how it ended. `dry_http.py` takes the place of other systems where
nothing is to be sent. `automator.engine.runs` decides what follows. Open `performer.py` first.
"""
