"""Explains why a delivery was refused, and removes credentials before a delivery is stored.

`doctor.py` takes a stored delivery, and tries variants without the usual faults until one is
accepted. Verification itself is in `automator.providers`. Open `doctor.py` first.
"""
