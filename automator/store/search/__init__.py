"""Full-text search: the indexes over events and runs, filters that use them, and rows of results.

Queries for pages and for the API are in `log/`. Open `search.py` first.
"""
