"""Rules after every check: what a rule file declares, as immutable values.

Trigger, conditions, limits and steps have one module each; `place.py` is a position in a rule file.
Nothing here reads a file or decides about an event. Open `rule.py` first.
"""
