"""Commands to run the server, and to try it: `serve`, `check`, `send`, `sandbox` and `fault`.

The options and the output of these commands are here; the server itself is `automator.server`.
Open `serve.py` first.
"""
