"""Work besides deliveries and runs: watching, cleaning up, exporting, and people's decisions.

`watchdog.py` notices silent connections, `retention.py` deletes old data, `token_keeper.py` renews
access tokens, `erasing.py` erases a person, `word_indexing.py` fills the full-text indexes, and
`trace_export.py` exports traces. `run_review.py` carries out people's decisions about failed runs
and about steps that wait for approval. The times of all recurring work are in
`automator.engine.schedule`. Open the file whose task you look for.
"""
