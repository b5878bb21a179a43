"""One rule, ready to run: its conditions, templates, calendar and limits, compiled and immutable.

`rule.py` has `CompiledRule`, and `step.py` has `CompiledStep`; they are made of the others. Nothing
here knows of more than one rule: `automator.rules.matching` puts many together. Limits have keys
here, and are counted in `automator.store.limits`. Open `rule.py` first.
"""
