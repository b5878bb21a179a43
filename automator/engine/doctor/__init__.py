"""Explains why a delivery was refused, and removes credentials before a delivery is stored.

`doctor.py` tries variants of a stored delivery, each without one usual fault, until the connection
accepts one. Verification itself is in `automator.providers`. Open `doctor.py` first.
"""
