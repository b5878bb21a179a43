"""Rule files to compiled rules, with a problem at its line for every mistake.

`load.py` reads all files into a rule set; `read_file.py` reads one, with `read_triggers.py`,
`read_conditions.py`, `read_limits.py` and `read_actions.py` for its parts, whose shape is in
`schema.py`. The `check_*` modules then find rules that are well formed and still wrong: paths that
no event has, actions that a provider cannot do, messages that a platform forbids. `automator.files`
reads YAML itself. Open `load.py` first.
"""
