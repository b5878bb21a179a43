"""One rule, ready to run: its conditions, templates, calendar and limits, compiled and immutable.

`rule.py` has `CompiledRule` and `CompiledStep`; the other files are what they are made of. Nothing
here knows of more than one rule: `automator.rules.matching` puts many together. Limits have keys
here, and are counted in `automator.store.limits`. Open `rule.py` first.
"""
