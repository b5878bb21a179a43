"""A rule set, and what it decides about an event.

`ruleset.py` evaluates the rules that the index selects, in their order, and stops where one says
so; `decision.py` makes of a matching rule the run to start: now, later, or not at all.
`absences.py` finds the waits that an event begins or ends. Everything is pure computation: whether
a limit holds a run back is found out when it is stored. Open `ruleset.py` first.
"""
