"""The two kinds of database, SQLite and PostgreSQL, and everything that concerns a whole database.

`dialect.py` lists what the store asks of a database; `sqlite.py` and `postgresql.py` implement it.
`address.py` finds out which of them a URL means, and has the SQLite file that only one process
uses. Further files open connections, compile statements, migrate, back up, check the file and its
disk, and wake other nodes. The meaning of the tables is not known here. Open `dialect.py` first.
"""
