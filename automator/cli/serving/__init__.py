"""Commands to run the server, and to try rules: `serve`, `check`, `test`, `try`, `send` and others.

`serve.py` and `starting.py` start the server, which itself is `automator.server`. The other
commands check rules, try them and test them on this machine, send samples, and run the sandbox;
`simulation_setup.py` reads the rules for them. Open `serve.py` first.
"""
