"""The filters of templates: functions over plain data whose results are bounded.

Each file has the filters of one kind of value; `template_checks.py` above checks the arguments that
a rule file gives them. Open `table.py` first.
"""
