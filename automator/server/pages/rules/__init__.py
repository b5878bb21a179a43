"""The pages of rules: the list, the editor and the form, trying and testing, and the gallery.

Open `rule_editor.py` first: it is the editor of rule files.
"""
