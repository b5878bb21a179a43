"""References: finds values that templates and expressions of steps read but that do not exist.

`check.py` walks the steps of a rule in order and finds `vars`, steps, outputs and fields of the
contact that do not exist; `outputs.py` knows the outputs of steps. `automator.rules.reading`
reports the findings at their places in the file. Open `check.py` first.
"""
