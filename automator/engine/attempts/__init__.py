"""One attempt of one step: what it sees, whether it may send, what it does, and what it leaves.

`next_step.py` is what an attempt is made of, and `performer.py` makes it: the condition, the inputs
(`step_inputs.py`), the permission to say something, the action, the record without secrets.
`outside.py` stands in for the other side where nothing is to be sent. What becomes of the run
afterwards is decided in `automator.engine.runs`. Open `performer.py` first.
"""
