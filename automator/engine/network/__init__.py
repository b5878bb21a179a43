"""The only way to other systems: a client for HTTP and e-mail, with limits and allowed addresses.

`egress.py` makes each request within its deadline, which `deadline_timer.py` watches. It gets a
connection from `connection_pool.py`, and only to an address that `address_guard.py` allows, or
through the proxy of `proxy.py`.
`client_tls.py` reads the certificate files of targets. `http_connection.py` writes the request, and
`answer_reader.py` reads the answer up to a limit. `mail.py` hands over e-mails, also only to
allowed addresses. Before all this, `automator.engine.outbound` decides whether an attempt may be
sent now. Open `egress.py` first.
"""
