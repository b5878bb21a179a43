"""Takes deliveries in: checks, verification, parsing, matching of rules, and the commit.

`intake.py` does all this for one delivery: it checks the request, plans the runs, and limits how
much is kept of refused requests. HTTP itself is read in `automator.server.http`. Providers verify
and parse in `automator.providers`, and rules are matched in `automator.rules`. Open `intake.py`
first.
"""
