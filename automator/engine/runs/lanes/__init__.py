"""What the runner holds: the tasks of its lanes, the leases of its runs, and when the next is due.

Open `lane_tasks.py` first; `leased_runs.py` renews leases, and `due_runs.py` waits for what is due.
"""
