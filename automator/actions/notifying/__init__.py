"""`notify`: sends a notice to your own people, by chat, push message or e-mail.

The services are reached by addresses in the syntax of Apprise. Each becomes one request that goes
out through the step's http port, so that it is guarded, recorded and tried like every other one.
Open `services.py` first: it declares them. Messages to customers are in `speaking/`.
"""
