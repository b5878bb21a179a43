"""The path of a run: claim, checks, steps, progress, settlement.

`runner.py` claims due runs and hands them out by their lanes. `run_carrier.py` carries one run
through its steps. `hindrances.py` finds what keeps the run from acting now. `progress.py` computes
what follows from each attempt, decision and answer, and settles it. An attempt itself is in
`automator.engine.attempts`, the next move is a row of `automator.lifecycle`, and the SQL of claims
and settlements is in `automator.store.runs`. Open `runner.py` first and follow that order.
"""
