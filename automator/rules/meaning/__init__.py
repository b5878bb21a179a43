"""Meaning: finds rules that are well formed but certainly or most likely not what their author
meant.

One file is one family of mistakes. Each mistake has its words, a rule that has it and one that does
not, and where it is plain, what mends it; tests and the reference are made of these. Each check
looks at one rule (`subject.py`), yields remarks with their places, and says how severe they are.
`table.py` names the families. The shape of files and the syntax of expressions are checked where
they are read. Open `platforms.py` first.
"""
