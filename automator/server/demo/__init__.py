"""The parts of the demo; a server without `--demo` does not import them.

`settings.py` makes a connection of every provider, `sandbox.py` mounts the simulated providers and
has their page, and `sandbox_gate.py` keeps pages of other sites away from the sandbox.
The simulated providers themselves are in `automator.sandbox`. Open `sandbox.py` first.
"""
