"""The queue of runs: their rows, the order within a lane, and what cancels a waiting follow-up.

Which run is claimed, and what a settlement writes, is in `runs/`. Open `lanes.py` first.
"""
