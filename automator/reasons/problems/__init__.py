"""Problems of rule files and of automator.yaml: what is wrong, and as advice how to mend it.

Several kinds can have one problem code, such as `wrong-kind`: the code is what people look up and
what scripts compare, and it stays when sentences change. One file holds one subject; `words.py` has
the parts that sentences of several subjects are made of. Mistakes in the meaning of a rule are
declared beside their checks, in `automator.rules.meaning`. Open `shape.py` first: it has the most
common problems.
"""

from automator.reasons.problems import (
    addresses,
    conditions,
    configuration,
    files,
    functions,
    inputs,
    references,
    rule_tests,
    rules,
    shape,
    templates,
    triggers,
    values,
    words,
)

__all__ = [
    "addresses",
    "conditions",
    "configuration",
    "files",
    "functions",
    "inputs",
    "references",
    "rule_tests",
    "rules",
    "shape",
    "templates",
    "triggers",
    "values",
    "words",
]
