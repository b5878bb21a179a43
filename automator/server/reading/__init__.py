"""Reads automator.yaml into settings and connections, and reports each mistake at its line.

`config.py` reads the file for the server and for commands. It also finds settings that are well
formed but would fail in use. `profile_checks.py` checks the profiles of accounts.
`rule_context.py` makes the context in which rule files are read. Open `config.py` first.
"""
