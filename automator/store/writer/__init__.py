"""The writer's thread: collects operations, does them in one transaction, and commits.

The operations themselves are in `runs/`, `limits/` and the other folders. Open `writer.py` first,
then `transaction.py`, which has the order of the operations.
"""
