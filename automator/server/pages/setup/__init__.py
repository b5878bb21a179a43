"""The pages of the configuration: rules, connections, targets, limits and settings.

Open `rules.py` first: it is the editor of rule files.
"""
