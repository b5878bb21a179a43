"""The rule sets of this process: the set in force, its files, and earlier revisions.

`rulebook.py` loads, watches and saves rule files, `rule_folder.py` reads and writes them on disk,
`revisions.py` gives runs the rules that started them, and `past_names.py` has the names of deleted
rules. How a file is read and matched is in `automator.rules`. Open `rulebook.py` first.
"""
