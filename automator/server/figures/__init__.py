"""Figures for whoever owns the Page: how fast people are answered, and how far they get in a rule.

Pages and the API ask for them here, and the command shows the same as text. They are computed in
`engine/figures`. Open `answers.py` first.
"""
