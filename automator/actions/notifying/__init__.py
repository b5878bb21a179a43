"""`notify`: sends a notice to colleagues, by chat, push message or e-mail.

The addresses of services use the syntax of Apprise. A notice becomes one request through the step's
http port, so it is guarded, recorded and retried like every other request. Open `services.py`
first: it declares the services. Messages to customers are in `speaking/`.
"""
