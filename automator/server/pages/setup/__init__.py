"""The pages of what is configured: rules, connections, targets, limits, settings, and the sandbox.

Open `rules.py` first: it is the editor of rule files.
"""
