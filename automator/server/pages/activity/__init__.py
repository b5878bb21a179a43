"""The pages of activity: the log and its live rows, runs, events and deliveries.

Open `log.py` first; `live.py` streams new rows into it.
"""
