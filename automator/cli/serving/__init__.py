"""Commands to run the server, and to try rules: `serve`, `check`, `test`, `try`, `send` and others.

`serve.py` and `starting.py` start the server, which is in `automator.server`. The other commands
check, try and test rules on this machine, send samples, and run the sandbox. `simulation_setup.py`
reads the rules for these commands. Open `serve.py` first.
"""
