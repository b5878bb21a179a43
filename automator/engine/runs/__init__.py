"""The path of a run: claim, steps, progress, settlement.

`runner.py` claims due runs and hands them out by their lanes. `run_carrier.py` carries one run
through its steps. `progress.py` computes what follows from each attempt, and settles it.
`waiting.py` has the approvals, questions and follow-ups that a run waits for, and `pauses.py` the
pause while a colleague is answering. An attempt itself is in `automator.engine.attempts`, the next
move is a row of `automator.lifecycle`, and the SQL of claims and settlements is in
`automator.store.runs`. Open `runner.py` first and follow that order.
"""
