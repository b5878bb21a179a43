"""Explanations of why one rule matches an event or does not, from a recording of its conditions.

`explain.py` makes the explanation and turns it into JSON. `hints.py` says what may have been meant,
and notices texts that differ only in their Unicode form. What the store knows (limits, runs,
stops) is added in `automator.engine.explanation.why`. Open `explain.py` first.
"""
