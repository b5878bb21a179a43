"""The HTTP server: it receives webhooks, shows the pages, answers the API, and runs as a process.

The engine verifies deliveries, matches events and carries out runs; this package connects it to
HTTP. To follow a request, open `bootstrap/app.py` first; to see how a server is put together, open
`bootstrap/assembly.py`.
"""
