"""Checks of conditions: expressions that never or always hold, or that read what is not there.

`conditions.py` has those that contradict each other and paths that no event has; `comparisons.py`
compares the kinds of two sides, `arguments.py` those of the arguments of functions,
`searched_texts.py` finds texts that never occur and `patterns.py` patterns that mean something
else, `always.py` finds what counts as true whatever it says, and `scopes.py` names that are out of
sight. Inputs of steps and limits are checked in the folder above. Open `conditions.py` first.
"""
