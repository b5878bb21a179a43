"""Explains why a delivery was refused, and removes credentials before a delivery is stored.

`doctor.py` is the entry: it takes a stored delivery and returns a diagnosis. `doctor.py` is the
table of faults that can be proved, and `doctor.py` tries their variants until the connection
accepts one. Verification itself is in `automator.providers`; the pages and commands that show a
diagnosis are in `automator.server` and `automator.cli`. Open `doctor.py` first.
"""
