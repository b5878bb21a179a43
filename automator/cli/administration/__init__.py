"""Commands for the operator of the installation.

They manage access, backups and restores, pruning, and copies of the database to another place. Open
`store.py` first.
"""
