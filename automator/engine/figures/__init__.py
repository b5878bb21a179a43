"""Figures: how fast people are answered, how far they come in a rule, and how rules do.

They are computed from what is stored when somebody asks, from a bounded number of the newest rows;
nothing is counted while events come in. `answer_times.py` and `funnel.py` look at people,
`coverage.py` at the rules that the newest events meet, and `promotion.py` compares a rule in shadow
mode with those that are live. `summary.py` joins the figures of some days for a notice. The others
are independent: open the one whose figures you look for.
"""
