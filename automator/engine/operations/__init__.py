"""Work beside deliveries and runs: watching, cleaning up, explaining, and reviewing.

`watchdog.py` notices silent connections, `retention.py` deletes what is old, `token_keeper.py`
renews access tokens, `why.py` explains decisions, `promotion.py` compares a shadow with the rules
that are live, `coverage.py` says which rules the newest events meet, `bundle.py` makes a file of an
event for others, and `review.py` is what people decide about failed runs. When each of them happens
is in `automator.engine.schedule.scheduler`. The files are independent of one another: open the one
whose task you look for.
"""
