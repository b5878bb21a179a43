"""Texts as people type them: without accents, in styled letters, with slips, and cut into words.

The functions of `automator.conditions.functions` compare texts by these parts; nothing in here
knows expressions. Open `fold.py` first.
"""
