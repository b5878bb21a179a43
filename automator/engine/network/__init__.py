"""The only way to other systems: the client for HTTP and e-mail, its bounds and allowed addresses.

`egress.py` makes each request by its deadline, for which `deadline_timer.py` wakes it. It takes a
connection of `connection_pool.py`, to an address that `address_guard.py` allows, and the connection
reads a bounded answer with `answer_reader.py`. `mail.py` hands over e-mails on a connection that
the same guard has allowed. Whether an attempt may be sent now is asked before, in
`automator.engine.outbound`. Open `egress.py` first.
"""
