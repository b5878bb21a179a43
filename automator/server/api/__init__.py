"""The JSON API under `/api/`: one file for each kind of thing, with its calls and their roles.

What calls have in common with pages is in `shared`. Open `routes.py` first: it lists all groups.
"""
