"""The rule sets of this process: the one in force, the files it comes from, and earlier revisions.

`rulebook.py` loads, watches and saves rule files, `rule_folder.py` reads and writes them on disk,
and `revisions.py` gives runs the rules that started them. How a file is read and matched is in
`automator.rules`. Open `rulebook.py` first.
"""
