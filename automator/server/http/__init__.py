"""HTTP below the pages and the API: TCP connections, their limits, bodies, proxies, and hooks.

Open `hook_endpoint.py` first: it takes a webhook from the bytes of a request to the answer, which
`hook_answers.py` makes. `http_protocol.py` and `connection_limits.py` limit the connections, bytes
and time that an unknown client can use.
"""
