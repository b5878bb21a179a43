"""Texts as people type them: without accents, in styled letters, with slips, and cut into words.

The functions of `automator.conditions.functions` compare texts with these parts; nothing in here
knows of expressions. Open `fold.py` first.
"""
