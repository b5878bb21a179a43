"""One rule, ready to run: its conditions, templates, calendar and limits, compiled and immutable.

`rule.py` has `CompiledRule` with its `CompiledStep`s; the other files have their parts. All code
here is about a single rule; `automator.rules.matching` combines the rules. The keys of limits are
computed here, and counted in `automator.store.limits`. Open `rule.py` first.
"""
