"""The state that nodes share: heartbeats, leases, health of targets and connections, and tokens.

Open `membership.py` first; `node_leases.py` has the rows of nodes, and renews their leases.
"""
