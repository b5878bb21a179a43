"""Carries runs out: claim, checks, steps, progress, settlement.

`runner.py` claims due runs, and works on each lane in order. `run_carrier.py` carries one run
through its steps. `hindrances.py` finds reasons why the run must not act now. `progress.py`
computes what follows from each attempt, decision or answer, and settles it. One attempt is made in
`automator.engine.attempts`, the next move is a row of `automator.lifecycle`, and the SQL is in
`automator.store.runs`. Open `runner.py` first, then the others in this order.
"""
