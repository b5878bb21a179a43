"""The index that selects the rules worth evaluating for an event.

`trigger_index.py` selects rules by their triggers, and then by the requirements of their
conditions, which each compiled rule has. It looks for many texts at once. The index never decides:
without it the same rules match, only slower. Open `trigger_index.py` first.
"""
