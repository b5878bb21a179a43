"""The JSON API under `/api/`: there is a file for each subject, which declares its calls.

Code that calls and pages share is in `shared`. Open `routes.py` first: it joins the subjects.
"""
