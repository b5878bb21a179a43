"""The index that selects the rules worth evaluating for an event.

`trigger_index.py` selects rules by their triggers, `predicate_index.py` by what their conditions
require of the event, for which `requirements.py` reads these out of the conditions, and the two
tables look up many texts or numbers at once. The index never decides: without it the same rules
match, only later. Open `trigger_index.py` first.
"""
