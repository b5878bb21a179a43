"""Help for people who write rule files, in their language.

`automator.rules.assistance` computes completion, explanations and quick fixes, from the names that
`automator.server.web.rule_knowledge` collects on this server. This package turns the results into
plain data with translated texts, for the editor's page and the API. Open `completions.py` first.
"""
