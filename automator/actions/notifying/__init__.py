"""`notify`: sends a notice to colleagues, by chat, push message or e-mail.

Services have addresses in the syntax of Apprise. A notice becomes one request through the step's
http port, so that it is guarded, recorded and tried like every other request. Open `services.py`
first: it declares the services. Messages to customers are in `speaking/`.
"""
