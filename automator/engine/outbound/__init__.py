"""The permission for an attempt to be sent to a destination: now, or when.

`target_gate.py` asks for each attempt (`admission.py` is the answer), and `destination.py` decides:
the circuit breaker, the retry budget, the provider quotas, and the capacity with its rate limiters
are parts of that one question, and each has a file of its own. The request itself is made by
`automator.engine.network.egress`; what is sent is decided in `automator.actions` and
`automator.providers`. Open `gated_http.py` first: it is the whole way in short.
"""
