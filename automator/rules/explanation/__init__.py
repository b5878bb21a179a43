"""Explanations of why one rule matches an event, or does not: its conditions, with a recorder.

`explain.py` makes the explanation, `rendering.py` turns it into text and JSON, and
`unicode_forms.py` notices texts that differ in their Unicode form alone. What the store adds to an
explanation (limits, runs, stops) is put together in `automator.engine.operations.why`. Open
`explain.py` first.
"""
