"""Who may do what: accounts, sign-in links, sessions, API tokens, and the guard of each route.

The calls and pages that change accounts are in `api` and `pages`. Open `guard.py` first: every
route except the webhooks passes it.
"""
