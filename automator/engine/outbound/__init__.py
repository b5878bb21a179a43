"""The only way to other systems: who may send now, to which addresses, within which bounds.

`target_gate.py` asks for each attempt whether it may go now (`admission.py` is the answer), and
`egress.py` makes the HTTP request by its deadline, for which `deadline_timer.py` wakes it. The
circuit breaker, the rate limiters, the retry budget and the provider quotas are parts of that one
question; each has a file of its own. What is sent is decided in `automator.actions` and
`automator.providers`. Open `gated_http.py` first: it is the whole way in short.
"""
