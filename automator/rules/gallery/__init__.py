"""The gallery: ready-made rules; a connection and a few filled-in words make one a rule file.

`gallery.py` has the rules by what they are for. Each is a function that makes the rule; above it
are its words, and the fields that people fill in. `gallery_rule.py` defines the classes. The caller
saves the file. Open `gallery.py` first.
"""
