"""The two kinds of database, SQLite and PostgreSQL, and operations on a database as a whole.

`sqlite.py` and `postgresql.py` are the two kinds. `address.py` says which of them a URL names, and
has the SQLite file of a single process. Here are connections, compiled statements, migrations,
backups, the checks of a file and of its disk, and the wake-ups between nodes. The meaning of the
tables is elsewhere. Open `dialect.py` first: it lists what the store asks of a database.
"""
