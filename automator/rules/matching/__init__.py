"""A rule set, and its decisions about an event.

`ruleset.py` evaluates the rules that the index selects. It goes through the matching rules in
order, and stops if a rule says so. `decision.py` turns a matching rule into the run to start: now,
later, or not at all. `absences.py` finds the waits that an event begins or ends. Everything is pure
computation: the store finds out whether a limit holds a run back. Open `ruleset.py` first.
"""
