"""Figures: how fast people are answered, how far they come in a rule, and how rules do.

They are computed when somebody asks, from a limited number of the newest stored rows; nothing is
counted while events come in. `answer_times.py`, `missed_buyers.py` and `funnel.py` look at people.
`coverage.py` looks at the rules that match the newest events. `promotion.py` compares a rule in
shadow mode with live rules. `summary.py` joins the figures of some days for a notice. The files do
not depend on each other: open the one with the figures that you look for.
"""
