"""The index of rules: selects the rules that may match an event.

`trigger_index.py` selects rules by their triggers, and then by the requirements of their
conditions, which `automator.rules.compiled.requirements` extracts. The index only saves time:
without it the same rules would match. Open `trigger_index.py` first.
"""
