"""The lanes of the runner: their tasks, the leases of its runs, and when the next one is due.

Open `lane_tasks.py` first; `leased_runs.py` renews leases, and `due_runs.py` waits for what is due.
"""
