"""The tables as SQLAlchemy describes them, and the encoding of values for their columns.

Queries are elsewhere, and so is the code that makes the tables (`database/migration.py`). Open
`tables.py` first: it has deliveries, events, runs and attempts.
"""
