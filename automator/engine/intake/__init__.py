"""The path of one delivery: checks, verification, parsing, matching and the commit.

`intake.py` carries a delivery through; the other files are its parts: what is checked before the
body is read, how much is kept of refused requests, and how decisions become runs. Reading HTTP is
in `automator.server.http`, verification and parsing are in `automator.providers`, and the decision
about rules is in `automator.rules`. Open `intake.py` first.
"""
