"""The syntactic forms of JMESPath, and the Python code that is written for each.

`grammar.py` parses the text of an expression to a tree. `calls.py`, `logic.py`, `paths.py` and
`projections.py` write the code of one kind of form each, through `writer.py`. `budget.py` counts
the work of an evaluation, `values.py` compares values as JMESPath does, `finding.py` is a mistake
with its place, and `unparse.py` turns a tree into text again. `automator.conditions.compile`
chooses the form for each node. Open `grammar.py` first.
"""
