"""References: finds values that templates and expressions of steps read and that do not exist.

`check.py` walks the steps of a rule in their order and finds `vars`, steps, outputs and fields of
the contact that are not there; `outputs.py` knows the outputs of steps. `automator.rules.reading`
reports the findings at their place in the file. Open `check.py` first.
"""
