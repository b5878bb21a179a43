"""Mending: what mends a mistake in a rule file.

A fix is made from the text and the place of the problem alone, and reads texts that are broken.
Mistakes in the meaning of a rule bring theirs along, so this is below `automator.rules.meaning`.
Open `fixes.py` first.
"""
