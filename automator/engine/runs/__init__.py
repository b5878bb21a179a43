"""The path of a run: claim, steps, progress, settlement.

`runner.py` claims due runs and keeps their leases, `run_carrier.py` carries one run through its
steps, `steps.py` makes one attempt of one step, `progress.py` decides what follows from its
outcome, and `settler.py` commits that. The SQL of claims and settlements is in
`automator.store.runs`, and what an action does is in `automator.actions`. Open `runner.py` first
and follow that order.
"""
