"""Mending: the fixes for mistakes in a rule file.

A fix is made only from the text and the place of the problem, and copes with broken texts. Mistakes
in the meaning of a rule bring their fixes along, so this is below `automator.rules.meaning`. Open
`fixes.py` first.
"""
