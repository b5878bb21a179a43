"""The functions that expressions can call: JMESPath's own, and additional ones of this program.

`value_functions.py` and `list_functions.py` have JMESPath's functions; the other files have the
additional ones. `keywords.py` implements `keywords()`, `patterns.py` `matches()`, and
`phone_numbers.py`, `addresses.py` and `postal_addresses.py` the functions of `extraction.py`.
`answers.py` judges answers. Open `value_functions.py` first.
"""
