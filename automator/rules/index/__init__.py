"""The index that selects the rules worth evaluating for an event.

`trigger_index.py` selects rules by their triggers, and then by the requirements that each compiled
rule has extracted from its conditions. It searches for many texts at once. The index never decides:
without it the same rules would match, only slower. Open `trigger_index.py` first.
"""
