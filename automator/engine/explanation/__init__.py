"""Explanations: what each rule decided about a stored event, and why.

`why.py` makes them, of the values that were kept with the event and of the runs that it started;
`bundle.py` makes a file of an event, with its explanation and its rules, for others. Open `why.py`
first. What one rule decides is explained in `automator.rules.explanation`.
"""
