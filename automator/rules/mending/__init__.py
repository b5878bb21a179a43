"""Mending: the fixes of mistakes in a rule file.

A fix is made from the text and the place of the problem; the text may be broken. Mistakes in the
meaning of a rule are declared with their fixes, so this is below `automator.rules.meaning`. Open
`fixes.py` first.
"""
