"""The path of a run: claim, steps, progress, settlement.

`runner.py` claims due runs and `lanes/` has what it holds of them; `run_carrier.py` carries one run
through its steps, `progress.py` says what follows from each attempt, `next_settlement.py` writes it
down, and `settler.py` commits that. An attempt itself is in `automator.engine.attempts`, what
follows is a row of `automator.lifecycle`, and the SQL of claims and settlements is in
`automator.store.runs`. Open `runner.py` first and follow that order.
"""
