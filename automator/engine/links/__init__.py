"""Tracked links: short addresses in messages that tell who opened them, and the clicks on them.

`tokens.py` writes and reads the last part of such an address, `tracked_links.py` makes the address
for a step, `visitors.py` tells people from programs, `clicks.py` takes a click in as an event, and
`last_key.py` notices if the key differs from the last one. The template filter is in
`automator.rules.templates`, and the route of the addresses in `automator.server.http`. Open
`tokens.py` first.
"""
