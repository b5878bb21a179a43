"""The tables, as SQLAlchemy Core describes them, and how values are encoded for their columns.

No query is here, and nothing that creates tables: that is `database/migration.py`. Open `tables.py`
first, which has deliveries, events, runs and attempts.
"""
