"""Explanations: what each rule decided about a stored event, and why.

`why.py` explains from the values that were stored with the event, and from the runs that the event
started. `bundle.py` packs an event with its explanation and its rules into a file for other people.
Open `why.py` first. `automator.rules.explanation` explains the decision of a single rule.
"""
