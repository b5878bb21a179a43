"""The queue of runs: their rows and moves, the order within a lane, and what ends or wakes a
waiting run.

Claims and settlements of runs are in `runs/`. Open `lanes.py` first.
"""
