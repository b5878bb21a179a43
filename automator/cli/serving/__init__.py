"""Commands to run the server, and to try it: `serve`, `check`, `send`, `sandbox` and `fault`.

What a command prints and which options it takes is here; the server itself is `automator.server`.
Open `serve.py` first.
"""
