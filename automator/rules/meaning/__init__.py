"""Meaning: finds rules that are well formed but certainly, or most likely, not what their author
meant.

Each file is a family of mistakes. Each mistake has its words, a rule with it and a rule without it,
and, if the right change is plain, the fix; tests and the reference are made from these. Each check
looks at one rule (`subject.py`), yields remarks with their places, and says how severe they are.
`table.py` names the families. The shape of files and the syntax of expressions are checked where
they are read. Open `platforms.py` first.
"""
