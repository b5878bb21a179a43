"""The log, for reading only: lists and details of deliveries, events, runs and replays, the counts
of each hour, and the pruning of what is old.

How filters are searched is in `search/`. Open `log.py` first.
"""
