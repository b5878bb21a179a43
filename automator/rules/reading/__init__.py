"""Rule files to compiled rules, with a problem at its line for every mistake.

`load.py` reads all files into a rule set; `read_file.py` reads one, with `read_file.py`,
`read_file.py`, `read_file.py`, `read_file.py` and `read_tests.py` for its parts.
`collector.py` collects the problems, and `load.py` keeps what was read. The shape of a file
is in `automator.rules.schema`; that a well-formed rule makes sense is checked by
`automator.rules.meaning` and `automator.rules.references`, and YAML itself is read by
`automator.files`. Open `load.py` first.
"""
