"""The gallery: ready-made rules; a connection and a few filled-in words make one a rule file.

`gallery.py` has the rules by the purposes of a shop. Each has the fields that people fill in, and a
function that makes the rule from them. `gallery_rule.py` defines the classes. The caller saves the
file. Open `gallery.py` first.
"""
