"""The Graph API of the sandbox: Facebook Pages, Instagram and WhatsApp.

`graph.py` has the endpoints and their errors, `messenger.py` and `whatsapp.py` check messages, and
`echoes.py` makes the echoes that a webhook would get. Open `graph.py` first.
"""
