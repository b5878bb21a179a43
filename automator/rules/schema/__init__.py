"""The shape of rule files: their keys and the values that each key may have, as pydantic models.

`rule_file.py` has files, rules with their triggers and limits, and steps. `rule_tests.py` has the
tests of a rule with the answers of other systems, and `arrival_sources.py` the events of tests.
Conditions are expressions and have no model; each action has the model
of its own inputs. `foreign_conditions.py` and `foreign_actions.py` recognise conditions and actions
as other programs write them. `automator.rules.reading` reads files with these models. Open
`rule_file.py` first.
"""
