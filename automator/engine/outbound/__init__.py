"""Decides whether an attempt may be sent to a destination now, or else when.

Each attempt asks `target_gate.py`; `destination.py` decides, and the answer is in `admission.py`.
The decision depends on the circuit breaker, the retry budget, the quotas of providers, and the
capacity with its rate limiters. `client_credentials.py` sends access tokens along. The request
itself is made by `automator.engine.network.egress`; its content comes from `automator.actions` and
`automator.providers`. Open `gated_http.py` first: it shows the whole way of a request in short.
"""
