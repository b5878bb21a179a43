"""The Graph API of the sandbox: Facebook Pages, Instagram and WhatsApp.

`graph.py` has the endpoints, `graph_errors.py` their errors, `messenger.py` and `whatsapp.py` what
each takes, `echoes.py` the echoes that a webhook would get. Open `graph.py` first.
"""
