"""The parts of the log of which figures are made: answers, what people asked, ways and hours.

Open `answer_log.py` first: it reads conversations, and `asked_log.py` takes its rules from it.
"""
