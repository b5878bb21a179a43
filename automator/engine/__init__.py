"""The engine: takes deliveries in, decides about them, and carries the runs out.

`intake/` takes a delivery from its arrival to its commit; `runs/` takes a run from its claim to its
settlement, and `attempts/` makes one attempt of a step. `network/` is the only way to other
systems; `outbound/` decides whether a run may use it now. Around these, `rulesets/` holds the rules
in force, `replay/` starts runs again, `schedule/` and `operations/` do recurring work, `doctor/`
explains refused deliveries, and `figures/` computes how fast people are answered. SQL is in
`automator.store`, HTTP routes are in `automator.server`, and the APIs of providers are in
`automator.providers`. Open `intake/intake.py` first, then `runs/runner.py`.
"""
