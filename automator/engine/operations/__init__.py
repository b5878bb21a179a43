"""Work beside deliveries and runs: watching, cleaning up, and reviewing.

`watchdog.py` notices silent connections, `retention.py` deletes what is old, `token_keeper.py`
renews access tokens, `erasing.py` erases a person, `word_indexing.py` fills the full-text indexes,
and `trace_export.py` exports what they have taken as spans. `review.py` carries out what people
decide about failed runs, and `approval_decisions.py` what they decide about steps that wait for
approval. `automator.engine.schedule.scheduler` has the times at which the others work. Open the
file whose task you look for.
"""
