"""Figures: how fast people are answered, how far they come in a rule, and how rules do.

When somebody asks, they are computed from a bounded number of the newest stored rows; nothing is
counted while events come in. `answer_times.py` and `funnel.py` look at people, `coverage.py` at the
rules that match the newest events, and `promotion.py` compares a rule in shadow mode with live
rules. `summary.py` joins the figures of some days for a notice. The other files are independent:
open the file of the figures that you look for.
"""
