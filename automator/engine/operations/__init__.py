"""Work besides deliveries and runs: watching, cleaning up, and reviewing.

`watchdog.py` notices silent connections, `retention.py` deletes old data, `token_keeper.py`
renews access tokens, `erasing.py` erases a person, `word_indexing.py` fills the full-text indexes,
and `trace_export.py` then exports the same entries as spans. `review.py` carries out people's
decisions about failed runs, and `approval_decisions.py` their decisions about steps that wait for
approval. `automator.engine.schedule.scheduler` sets the times of the others. Open the file whose
task you look for.
"""
