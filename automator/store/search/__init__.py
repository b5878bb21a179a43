"""Full-text search: the indexes over events and runs, the filters that use them, and the rows that
a search finds.

The queries for pages and for the API are in `log/`. Open `search.py` first.
"""
