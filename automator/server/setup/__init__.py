"""Sets a server up for pages: changes automator.yaml, and finds the missing steps.

`settings_changes.py` checks and writes automator.yaml, and stores secrets in files beside it.
`connection_changes.py` adds, changes and removes connections; `account_changes.py`, `receivers.py`
and `consent.py` change other parts of the file, and `leaving_demo.py` creates it.
`connection_fields.py` makes the form of a connection, `connection_checks.py` checks a connection's
requirements, and `set_up_steps.py` lists the steps at each provider. The pages are in
`automator.server.pages.setup`. Open `connection_changes.py` first.
"""
