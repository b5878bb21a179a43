"""Turns rule files into compiled rules, and reports every mistake at its line.

`found_files.py` finds the files. `load.py` makes a rule set of all files, and caches files that it
has read. `read_file.py` reads one file with its tests and collects its problems; `snippets.py` puts
in the snippets that its rules use and their defaults, and `cron.py` parses schedules.
`automator.files` reads the YAML, `automator.rules.schema` has the keys of a file, and
`automator.rules.meaning` checks well-formed rules. Open `load.py` first.
"""
