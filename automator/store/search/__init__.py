"""Full-text search: the indexes over events and runs, the filters that use them, and the rows that
a search finds.

The queries of a page or of the API are in `log/`. Open `search.py` first.
"""
