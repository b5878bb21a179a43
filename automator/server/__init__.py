"""The HTTP server: it receives webhooks, shows the pages, answers the API, and runs as a process.

The engine verifies, matches and carries out; this package connects the engine to HTTP. Open
`bootstrap/app.py` first for the way of a request, or `bootstrap/assembly.py` for how the parts of a
server are made and joined.
"""
