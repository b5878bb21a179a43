"""Tracked links: short addresses in messages, which show who opened them; and the clicks on them.

`link_tokens.py` makes and reads the token at the end of such an address, and notices that the key
has changed. `tracked_links.py` makes the addresses for a step, `visitors.py` tells people from
programs, and `clicks.py` takes in a click as an event. The template filter is in
`automator.rules.templates`, and the route of the addresses is in `automator.server.http`. Open
`link_tokens.py` first.
"""
