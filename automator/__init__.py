"""Automator receives webhooks, matches them against rules, acts, and explains every decision.

The packages are layers: `cli` and `server` on top, then `engine`, `rules`, `store`, down to
`model`, which knows no other. The modules beside the packages are small, and all packages use
them: `clock.py`, `resources.py`, `sealing.py`, `caches.py`, `garbage.py` and `installation.py`.
Open `engine/__init__.py` first: it follows a delivery and a run.
"""

__version__ = "0.1.0"
