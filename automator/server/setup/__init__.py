"""Setting a server up by pages: their changes of automator.yaml, and the missing steps.

`settings_changes.py` checks and writes automator.yaml, and keeps secrets in files beside it.
`connection_changes.py` adds, changes and removes connections; `account_changes.py`, `receivers.py`,
`public_url.py` and `consent.py` change other parts of it, and `leaving_demo.py` creates the first
one. `connection_fields.py` is the form of a connection, `connection_checks.py` finds what it still
needs, and `set_up_steps.py` says what people do at its provider. The pages are in
`automator.server.pages.setup`, rule files in `automator.server.editing`. Open
`connection_changes.py` first.
"""
