"""What the operations of one transaction share, and how callers hand operations to the writer.

The transaction itself is in `writer/`. Open `batch.py` first.
"""
