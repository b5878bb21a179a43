"""The JSON API under `/api/`: a file for each subject, in which each call is declared.

Code that calls and pages share is in `shared`. Open `routes.py` first: it joins the subjects.
"""
