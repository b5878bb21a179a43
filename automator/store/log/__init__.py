"""The log, for reading only: lists and details of deliveries, events, runs and replays, the counts
of each hour, the pruning of what is old, the erasing of a person, and the rows that become spans.

How filters are searched is in `search/`. Open `log.py` first.
"""
