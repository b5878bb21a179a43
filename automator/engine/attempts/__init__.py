"""One attempt of one step: its inputs, the permission to send, the action, and the outcome.

`performer.py` makes the attempt: the condition, the inputs, the permission to say something, the
action, and the outcome. `next_step.py` has the step with everything that it sees: its scope, inputs
and ports. `look_ups.py` finds the values that the step reads of its person and its post.
`recording.py` keeps the record without secrets. `dry_http.py` takes the place of other systems
where nothing is to be sent. `automator.engine.runs` makes the next move. Open `performer.py` first.
"""
