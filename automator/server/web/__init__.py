"""The basis of every page and API call: the request context, roles, templates, and languages.

Open `request_context.py` first, then `security.py`.
"""
