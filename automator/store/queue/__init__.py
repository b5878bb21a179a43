"""The queue of runs: the rows of runs and their moves, the order in a lane, and the ends of waits.

Runs are claimed and settled in `runs/`. Open `lanes.py` first.
"""
