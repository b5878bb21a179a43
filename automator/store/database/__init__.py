"""The two kinds of database, SQLite and PostgreSQL, and what is done with a database as a whole.

Here are connections, compiled statements, migrations, backups, the checks of a file and of its
disk, and the wake-ups between nodes. What the tables mean is not here. Open `dialect.py` first: it
lists what the store asks of a database.
"""
