"""Figures for the owner of the Page: how fast people are answered, how far they get in a rule, and
how well rules do.

Pages, the API and commands ask for them; `engine/figures` computes them. Open `questions.py` first.
"""
