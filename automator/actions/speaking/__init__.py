"""Actions that send messages to people: `reply`, `private_reply`, `message`; and `moderate`.

`speaking.py` has what they share: permission, variants, the message, and the times at which a
platform accepts messages. `content_inputs.py` has their inputs. Notices to colleagues are in
`notifying/`. Open `speaking.py` first.
"""
