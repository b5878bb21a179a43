"""Help for people who write rule files: what the server knows for it, and the words it says.

Completion, explanations and quick fixes are functions of `automator.rules.assistance`. Here they
get the names of this server and the events that have come in, and their texts are translated. Open
`knowledge.py` first.
"""
