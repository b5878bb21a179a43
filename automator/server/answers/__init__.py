"""The shapes of the API's answers, as types: the answers are checked against them, and the
description of the API is made from them.

There is a file for each kind of thing. Open `values.py` first: it has the common parts.
"""
