"""Explains why a rule matches an event or does not, with the values that its conditions read.

`explain.py` makes the explanation and turns it into JSON. `hints.py` suggests the path that was
meant, and notices texts that differ only in their Unicode form. Limits, runs and stops come from
the store: see `automator.engine.explanation.why`. Open `explain.py` first.
"""
