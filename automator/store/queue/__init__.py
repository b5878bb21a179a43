"""The queue of runs: their rows and moves, the order within a lane, and the ways in which a waiting
run ends or wakes.

Claims and settlements of runs are in `runs/`. Open `lanes.py` first.
"""
