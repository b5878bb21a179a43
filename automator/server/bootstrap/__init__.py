"""Putting a server together: composition, the ASGI application, and the process.

Nothing below imports it. Open `assembly.py` first: it makes the parts of a server and joins them.
`process.py` opens and closes them, listens and stops. `app.py` and `site.py` decide which part
answers a request.
"""
