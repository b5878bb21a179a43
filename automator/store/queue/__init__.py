"""The queue of runs: their rows and moves, the order within a lane, and how a waiting run ends or
wakes.

Claims and settlements of runs are in `runs/`. Open `lanes.py` first.
"""
