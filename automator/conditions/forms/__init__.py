"""The forms of a JMESPath expression, each written as a piece of one Python function.

`grammar.py` parses the text of an expression; `calls.py`, `logic.py`, `paths.py` and
`projections.py` write one kind of form each through `writer.py`. `budget.py` counts the work that
an expression and an event may cost, `values.py` compares values as JMESPath does, `finding.py` is
a mistake with its place, and `unparse.py` writes a tree as text again.
`automator.conditions.compile` chooses the form for each node. Open `grammar.py` first.
"""
