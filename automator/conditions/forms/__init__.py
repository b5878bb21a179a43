"""The forms of a JMESPath expression, each compiled to a Python closure.

`grammar.py` names the forms, `calls.py`, `logic.py`, `paths.py` and `projections.py` compile one
kind of form each through `writer.py`; `budget.py` counts the work that an expression and an event
may cost, `values.py` compares values as JMESPath does, and `unparse.py` writes a form as text
again. Which form an expression has is found out in `automator.conditions.compile`. Open
`grammar.py` first.
"""
