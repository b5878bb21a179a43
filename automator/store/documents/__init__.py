"""Documents that people keep: published rule sets, sessions, small sets of documents, and the notes
of colleagues about contacts, which are such sets.

Open `documents.py` first.
"""
