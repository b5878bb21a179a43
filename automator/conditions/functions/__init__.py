"""The functions that expressions may call: JMESPath's own, and ours for texts, words and times.

Each file has the functions of one kind, with their signatures. `keywords.py` implements
`keywords()`, `patterns.py` implements `matches()`, `phone_numbers.py` and `addresses.py` implement
what `extraction.py` declares. `value_functions.py` also writes calls of `contains()`;
`automator.conditions.forms.calls` writes all other calls. Open `value_functions.py` first.
"""
