"""The shapes of the API's answers, as types: what is written is checked against them, and the
description of the API is made of them.

A file for each kind of thing. Open `values.py` first: it has what the others are made of.
"""
