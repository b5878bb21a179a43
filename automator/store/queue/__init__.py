"""The queue of runs: their rows and moves, the order within a lane, and what ends or wakes a
waiting run.

Which run is claimed, and what a settlement writes, is in `runs/`. Open `lanes.py` first.
"""
