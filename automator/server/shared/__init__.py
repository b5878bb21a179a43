"""Functions that pages, API and command line share: they read, change and list stored data.

No function in here knows HTML or a route. Open the file with the name of what you look for, such as
`targets.py`; `json_values.py` writes records as JSON.
"""
