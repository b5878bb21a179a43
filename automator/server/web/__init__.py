"""The basis of every page and API call: the request context, roles, templates, and languages.

`access` finds out who makes a request, and `pages` has the content of pages. Open
`request_context.py` first, then `security.py`.
"""
