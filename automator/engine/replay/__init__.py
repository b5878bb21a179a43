"""Replays: new runs for stored runs or events. People see a plan first, then confirm it.

`request.py` reads a person's request, `decisions.py` decides about each stored run or event,
`plan.py` is the result that people confirm, and `replays.py` starts the runs of a confirmed plan at
a limited rate. `filter_syntax.py` reads filters such as `state=dead since=2d`, for the log as well.
The new runs themselves are carried out by `automator.engine.runs`. Open `replays.py` first.
"""
