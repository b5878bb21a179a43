"""The state that nodes share: heartbeats, leases, health of targets and connections, access tokens.

Open `membership.py` first. `node_leases.py` has the rows of nodes, and renews leases.
"""
