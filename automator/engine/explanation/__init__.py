"""Explanations: what each rule decided about a stored event, and why.

`why.py` makes them from the values that were kept with the event and from the runs that it started.
`bundle.py` packs an event with its explanation and its rules into a file for others. Open `why.py`
first. The explanation of a single rule's decision is in `automator.rules.explanation`.
"""
