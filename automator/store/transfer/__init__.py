"""Moves whole databases: restores a backup, copies between kinds, and holds runs after a restore.

A backup of a SQLite file is written in `database/backup.py`. Open `transfer.py` first.
"""
