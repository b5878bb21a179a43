"""The parts of the log from which figures are computed: answers, questions, funnels, hours.

Open `answer_log.py` first: it reads conversations. `asked_log.py` builds on it.
"""
