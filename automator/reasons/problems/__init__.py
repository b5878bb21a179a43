"""Problems of rule files and of automator.yaml, each with the fix as its advice.

Several problems can share a problem code, such as `wrong-kind`. People look a code up and scripts
compare it, so a code stays when sentences change. Each file has the problems of one subject;
`phrases.py` has phrases that sentences of several subjects contain. Mistakes in the meaning of a
rule are declared beside their checks, in `automator.rules.meaning`. Open `shape.py` first: it has
the most common problems.
"""

# mypy: implicit_reexport

from automator.reasons.problems import (
    addresses,
    conditions,
    configuration,
    files,
    functions,
    inputs,
    phrases,
    references,
    rule_tests,
    rules,
    shape,
    templates,
    triggers,
    values,
)
