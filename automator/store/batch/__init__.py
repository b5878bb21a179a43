"""The state that operations of one transaction share, and the operations given to the writer.

The transaction itself is in `writer/`. Open `batch.py` first.
"""
