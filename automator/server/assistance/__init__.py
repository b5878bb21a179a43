"""Help for people who write rule files, in their language.

Completion, explanations and quick fixes are functions of `automator.rules.assistance`;
`automator.server.web.rule_knowledge` gathers what they need to know about this server. Here their
results become plain data with translated texts, for the editor's page and the API. Open
`answers.py` first.
"""
