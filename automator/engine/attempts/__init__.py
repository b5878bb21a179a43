"""One attempt of one step: its inputs, the permission to send, the action, and the outcome.

`performer.py` makes the attempt: the condition, the inputs, the permission to send, the action, and
the outcome. `next_step.py` is the step with everything that it can read: its scope, inputs and
ports. `look_ups.py` asks providers for values that the event lacks, such as the person's name.
`recording.py` records requests and answers without secrets. `dry_http.py` stands in for other
systems where nothing may be sent. What follows an attempt is decided in `automator.engine.runs`.
Open `performer.py` first.
"""
