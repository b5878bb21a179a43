"""Putting a server together: composition, the ASGI application, and the process.

Nothing below imports it. Open `assembly.py` first: it makes the parts of a server and joins them.
`process.py` opens and closes them, `process.py` listens and stops, and `app.py` with `site.py` and
`site.py` says who answers a request.
"""
