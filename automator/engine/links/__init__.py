"""Tracked links: the short addresses in messages that say who opened them, and the clicks on them.

`tokens.py` writes and reads the last part of such an address, `tracked_links.py` makes the address
for a step, `visitors.py` tells people from programs, `clicks.py` takes a click in as an event, and
`last_key.py` notices a key that differs from the last one. The filter of templates is in
`automator.rules.templates`, and the route of the addresses in `automator.server.http`. Open
`tokens.py` first.
"""
