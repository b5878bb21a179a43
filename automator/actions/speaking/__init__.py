"""Actions that speak to people: `reply`, `private_reply`, `message`; and `moderate`, on a comment.

`speaking.py` has what they share: permission, variants, the message, and the times at which a
platform takes messages. `content_inputs.py` has their inputs. Notices to your own people are in
`notifying/`. Open `speaking.py` first.
"""
