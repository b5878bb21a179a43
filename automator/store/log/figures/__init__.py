"""The parts of the log for figures: answers, questions, the ways of people through rules, hours.

Open `answer_log.py` first: it reads conversations, and `asked_log.py` takes its rules from it.
"""
