"""HTTP below the application: TCP connections, their limits, bodies, proxies, and the hook route.

Nothing in here knows accounts, pages or the API. Open `receive.py` first: it takes a webhook from
the bytes of a request to the answer, which `hook_answers.py` makes. `http_protocol.py` and
`listener.py` bound how many connections, bytes and seconds an unknown client can take.
"""
