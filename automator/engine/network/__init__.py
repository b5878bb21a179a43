"""The only way to other systems: the client for HTTP and e-mail, its bounds and allowed addresses.

`egress.py` makes each request within its deadline, which `deadline_timer.py` watches. It takes a
connection from `connection_pool.py`, to an address that `address_guard.py` allows, and the
connection reads a bounded answer with `answer_reader.py`. `mail.py` hands over e-mails on a
connection that the same guard has allowed. `automator.engine.outbound` decides beforehand whether
an attempt may be sent now. Open `egress.py` first.
"""
