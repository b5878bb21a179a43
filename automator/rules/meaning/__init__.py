"""Meaning: finds rules that are well formed but certainly or most likely not what their author
meant.

`table.py` has every check in one table, with how severe it is; each is a small function that looks
at one rule (`subject.py`) and yields a remark with its place. Those of conditions are in
`expressions/`. Reasons and fixes stand in `automator.reasons.problems`. The shape of files and the
syntax of expressions are checked where they are read. Open `table.py` first.
"""
