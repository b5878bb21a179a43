"""Work beside deliveries and runs: watching, cleaning up, and reviewing.

`watchdog.py` notices silent connections, `retention.py` deletes what is old, `token_keeper.py`
renews access tokens, `word_indexing.py` fills the full-text indexes, and `review.py` is what people
decide about failed runs. When each of them happens is in `automator.engine.schedule.scheduler`. The
files are independent of one another: open the one whose task you look for.
"""
