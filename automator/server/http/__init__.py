"""HTTP below the application: TCP connections, their limits, bodies, proxies, and the hook route.

Nothing in here knows accounts, pages or the API. Open `receive.py` first: it takes a webhook from
the bytes of a request to the answer. `http_protocol.py` and `listener.py` bound what a client that
nobody knows can hold open.
"""
