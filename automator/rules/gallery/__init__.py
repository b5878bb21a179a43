"""The gallery: ready-made rules, which become rule files with a connection and a few words.

`gallery.py` has the rules by the purposes of a shop, each with the fields that it asks for and the
function that makes the rule from them. `gallery_rule.py` defines such a rule; files are saved
elsewhere. Open `gallery.py` first.
"""
