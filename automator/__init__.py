"""Automator receives webhooks, matches them against rules, acts, and explains every decision.

The packages are layers: `cli` and `server` on top, then `engine`, `rules`, `store`, down to
`model`, which imports no other package. Every package may use the small modules beside the
packages: `clock.py`, `resources.py`, `sealing.py`, `caches.py`, `durable_files.py`, `garbage.py`
and `installation.py`.
Open `engine/__init__.py` first: it follows a delivery and a run.
"""

__version__ = "1.0.0"
