"""Functions that pages, API and command line share: they read, change and list stored data.

Each file is about one kind of data. Open `targets.py` first, as an example; `json_values.py` writes
records as JSON.
"""
