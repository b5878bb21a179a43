"""The pages of what is configured: rules, connections, targets, limits and settings.

Open `rules.py` first: it is the editor of rule files.
"""
