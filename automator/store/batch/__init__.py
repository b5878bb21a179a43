"""A batch is one transaction: the state that its operations share, and the operations themselves.

The transaction is carried out in `writer/`. Open `batch.py` first.
"""
