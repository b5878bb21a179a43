"""automator.yaml to settings and connections, with a problem at its line for every mistake.

`config.py` reads the file, for the server and for commands alike. It finds settings that are well
formed and fail as soon as they are used. `rule_context.py` makes the context that rule files are
read in. Open `config.py` first.
"""
