"""Meaning: rules that are well formed, and most likely or certainly not meant so.

`table.py` has every check in one table, with how severe it is; each is a small function that looks
at one rule (`subject.py`) and yields a remark with its place. Reasons and fixes stand in
`automator.reasons.problems`. The shape of files and the syntax of expressions are checked where
they are read. Open `table.py` first.
"""
