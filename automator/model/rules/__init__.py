"""Rules after every check, and the places of their parts in files.

A rule has a trigger, conditions, limits and steps, and each of these has a module. Nothing here
reads a file or decides about an event. Open `rule.py` first.
"""
