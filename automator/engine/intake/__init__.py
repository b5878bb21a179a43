"""The path of one delivery: checks, verification, parsing, matching and the commit.

`intake.py` carries a delivery through: it checks the request, plans the runs, and bounds how much
is kept of refused requests. HTTP is read in `automator.server.http`; verification and parsing are
in `automator.providers`, and the decision about rules is in `automator.rules`. Open `intake.py`
first.
"""
