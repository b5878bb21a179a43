"""Figures for the owner of the Page: how fast people are answered, how far they get in a rule, and
how rules do.

Pages, the API and commands ask for them. They are computed in `engine/figures`. Open `questions.py`
first.
"""
