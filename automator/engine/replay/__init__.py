"""Replays: new runs for stored runs or events, planned first and then started at a bounded rate.

`request.py` reads what a person asks for, `decisions.py` decides about each stored run or event,
`plan.py` has the result that people confirm, and `replays.py` carries out a confirmed plan.
`filter_syntax.py` reads filters such as `state=dead since=2d`, also for the log. How the new runs
are done is not decided here but in `automator.engine.runs`. Open `replays.py` first.
"""
