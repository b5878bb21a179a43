"""Access of people and programs: accounts, links, sessions, API tokens, and the guard of routes.

The calls and pages that change accounts are in `api` and `pages`. Open `guard.py` first: every
route except the webhooks passes it.
"""
