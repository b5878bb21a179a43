"""Moving a whole database: restoring a backup, copying from one kind of database to another, and
the quarantine of what a restored run may have done already.

How a backup of a SQLite file is written is in `database/backup.py`. Open `transfer.py` first.
"""
