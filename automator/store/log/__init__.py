"""The log, for reading only: lists and details of deliveries, events, runs and replays, and the
counts of each hour; also the pruning of old data, the erasing of a person, and the rows that become
spans.

How filters are searched is in `search/`. Open `log.py` first.
"""
