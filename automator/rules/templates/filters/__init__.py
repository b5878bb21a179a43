"""The filters of templates: functions over plain data with results of limited size.

Each file has the filters of one kind of value. `template_checks.py` checks their arguments in rule
files. Open `table.py` first.
"""
