"""The shapes of the API's answers, as types: the answers are checked against them, and the
description of the API is made from them.

Each module has the answers about one kind of thing. Open `values.py` first: it has the common
parts.
"""
