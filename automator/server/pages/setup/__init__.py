"""The pages of the settings: connections, targets, limits and access.

Open `connections.py` first: it lists the connections.
"""
