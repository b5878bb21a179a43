"""Turns automator.yaml into settings and connections, with a problem at its line for every mistake.

`config.py` reads the file, for the server and for commands alike. It finds settings that are well
formed but would fail as soon as they are used. `rule_context.py` makes the context in which rule
files are read. Open `config.py` first.
"""
