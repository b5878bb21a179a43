"""Explanations of why one rule matches an event or does not, from a recording of its conditions.

`explain.py` makes the explanation, `plain_data.py` turns it into JSON, `hints.py` says what
may have been meant, and `hints.py` notices texts that differ in their Unicode form alone.
The part that comes from the store (limits, runs, stops) is in `automator.engine.explanation.why`.
Open `explain.py` first.
"""
