"""The JSON API under `/api/`: each file declares and answers the calls of one subject.

Code that calls and pages share is in `shared`. Open `routes.py` first: it lists the subjects.
"""
