"""The rule set, and its decisions about events.

`trigger_index.py` selects the rules that may match an event; it only saves time. `ruleset.py`
evaluates them, and goes through the matching rules in order up to a rule with `stop: true`.
`decision.py` decides whether a matching rule starts a run now, later, or not at all, and finds the
waits that an event begins or ends. Everything is pure computation: only the store knows whether a
limit holds a run back. Open `ruleset.py` first.
"""
