"""Turns rule files into compiled rules, with a problem at its line for every mistake.

`load.py` reads all files into a rule set, and caches what it has read. `read_file.py` reads one
file with its tests, and collects its problems. The shape of a file is in `automator.rules.schema`.
`automator.rules.meaning` checks that a well-formed rule makes sense, and `automator.files` reads
YAML itself. Open `load.py` first.
"""
