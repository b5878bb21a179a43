"""The rule sets of this process: the set in force, its files, and earlier revisions.

`rulebook.py` loads, watches and saves rule files. `rule_folder.py` reads and writes them on disk.
`revisions.py` returns the rule set that started a run, and `past_names.py` the names of deleted
rules. Reading a file and matching its rules is done in `automator.rules`. Open `rulebook.py` first.
"""
