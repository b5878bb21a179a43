"""The gallery: ready-made rules, which become rule files with a connection and a few words.

A module holds the rules for one purpose of a shop, each with the fields that it asks for and the
function that makes it of them. `gallery_rule.py` defines such a rule; saving the file is not in
here. Open `gallery.py` first.
"""
