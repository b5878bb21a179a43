"""The types of the API's JSON answers, from which the description of the API is made.

Tests check the real answers against these types. Each module has the answers about one subject.
Open `common.py` first: it has the common parts.
"""
