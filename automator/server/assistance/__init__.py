"""Help for people who write rule files: this server's names and events, and translated texts.

Completion, explanations and quick fixes are functions of `automator.rules.assistance`. Here they
get the names of this server and the events that have come in, and their texts are translated. Open
`knowledge.py` first.
"""
