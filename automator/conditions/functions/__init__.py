"""The functions that expressions may call: JMESPath's own, and ours for texts, words and times.

Each file has the functions of one kind, with their signatures; `keywords.py`, `typos.py` and
`fold.py` are the machinery behind `keywords()`, `patterns.py` that behind `matches()`. How a call
is compiled is in `automator.conditions.forms.calls`. Open `value_functions.py` first.
"""
