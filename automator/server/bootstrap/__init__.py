"""Puts a server together: makes its parts, joins them, and runs them as a process.

Open `assembly.py` first: it makes the parts and joins them. `process.py` opens and closes them,
listens and stops. `app.py` and `site.py` decide which part answers a request.
"""
