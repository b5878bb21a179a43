"""Checks of conditions: expressions that never or always hold, or that read what is not there.

`conditions.py` has those that contradict each other and paths that no event has; `comparisons.py`
compares the kinds of two sides, `searched_texts.py` what is looked for in texts, `always.py` finds
what counts as true whatever it says, and `scopes.py` names that are out of sight. Inputs of steps
and limits are checked in the folder above. Open `conditions.py` first.
"""
