"""Figures: how fast people are answered, and how far they come in a rule.

They are computed from what is stored when somebody asks, from a bounded number of the newest rows;
nothing is counted while events come in. Open `answer_times.py` first.
"""
