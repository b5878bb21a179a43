"""The permission for an attempt to be sent to a destination: now, or when.

`target_gate.py` asks for each attempt (`admission.py` is the answer), and `destination.py` decides.
The circuit breaker, the retry budget, the provider quotas, and the capacity with its rate limiters
are parts of that decision, each with a file of its own. `automator.engine.network.egress` makes the
request itself; `automator.actions` and `automator.providers` decide what is sent. Open
`gated_http.py` first: it shows the whole way in short.
"""
