"""Putting a server together: configuration, composition, the ASGI application, and the process.

Nothing below imports it. Open `running.py` first: it makes every part of a server and closes it;
`process.py` listens and stops, `app.py` and `routes.py` say who answers a request.
"""
