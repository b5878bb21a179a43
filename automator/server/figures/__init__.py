"""Figures for the owner of the Page: how fast people are answered, how far they get in a rule, and
how rules do.

Pages and the API ask for them here, and commands show the same as text. They are computed in
`engine/figures`. Open `answers.py` first.
"""
