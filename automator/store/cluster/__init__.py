"""What nodes share: their heartbeats and leases, the health of targets and of connections, and
the tokens of connections.

Open `membership.py` first.
"""
