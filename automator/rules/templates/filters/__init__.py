"""The filters of templates: functions over plain data whose results are bounded.

Each file has the filters of one kind of value; `arguments.py` checks the arguments that a rule file
gives them. Open `table.py` first.
"""
