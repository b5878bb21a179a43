"""References: the values that templates and expressions of steps read, and those that nothing has.

`check.py` walks the steps of a rule in their order and finds `vars`, steps, outputs and fields of
the contact that are not there; `outputs.py` knows what steps leave. Where a template stands in its
file, and what is said of it, is in `automator.rules.reading`. Open `check.py` first.
"""
