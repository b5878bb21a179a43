"""The log: reads everything that was received and done; also deletes old and erased data.

`log.py` has lists and details of runs, deliveries and replays, and joins the other files into one
class. `erasing.py` and `pruning.py` delete, and `untraced.py` has the rows that become spans.
Searching by filters is in `search/`. Open `log.py` first.
"""
