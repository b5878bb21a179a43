"""The ground of every page and API call: the request context, roles, templates, and languages.

Who makes a request is found out in `access`; what a page says is in `pages`. Open
`request_context.py` first, then `security.py`.
"""
