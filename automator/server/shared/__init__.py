"""Functions that pages, API and command line share: they read, change and list stored data.

A function in here knows neither HTML nor a route. Open the file that is named after what you look
for, such as `targets.py`; `json_values.py` writes records as JSON.
"""
