"""The state that nodes share: heartbeats, leases, health of targets and connections, and tokens.

Open `membership.py` first.
"""
