"""The JSON API under `/api/`: one file for each kind of thing, with its calls and their roles.

Code that calls and pages share is in `shared`. Open `routes.py` first: it lists all groups.
"""
