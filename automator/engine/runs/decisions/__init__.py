"""Runs that stand for rules which are decided in their turn, and runs of which no step is done.

`deferred_decision.py` decides about the rules when the earlier events of the conversation are done,
`unread_parts.py` lets them wait for a part of the event that cannot be looked up now, and
`without_steps.py` settles a run at once. Which rules wait for their turn is decided in
`automator.engine.intake`. Open `deferred_decision.py` first.
"""
