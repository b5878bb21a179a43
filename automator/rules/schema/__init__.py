"""The shape of rule files: which keys there are, and what each may hold, as pydantic models.

`rule_file.py` has files, rules and actions; `triggers.py`, `limits.py` and `rule_tests.py` have the
larger parts of a rule, and `arrival_sources.py` the events of tests. Conditions and the inputs of
actions are not here: the conditions have a language, and each action describes its own inputs.
`other_conditions.py` and `other_actions.py` know the forms of other programs.
`automator.rules.reading` reads files with these models. Open `rule_file.py` first.
"""
