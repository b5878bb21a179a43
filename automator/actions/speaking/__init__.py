"""Actions that speak to people: `reply`, `private_reply`, `message`; and `moderate`, on a comment.

`speaking.py` has what they share and is the file to open first: permission, variants, the message.
`speaking.py` says when a platform takes messages. Notices to your own people are in
`notifying/`.
"""
