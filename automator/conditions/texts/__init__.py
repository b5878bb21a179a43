"""Compares texts as people type them: without accents, in styled letters, with typing mistakes.

The functions in `automator.conditions.functions` are made of these parts, which know nothing of
expressions. Open `fold.py` first.
"""
