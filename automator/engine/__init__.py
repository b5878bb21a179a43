"""The engine: takes deliveries in, decides about them, and carries the runs out.

`intake/` is the path of a delivery up to its commit, and `runs/` the path of a run from its claim
to its settlement. `network/` is the only way to other systems; through `outbound/` a run uses it,
now or later. Around them, `rulesets/` holds the rules in force, `replay/` starts runs again,
`schedule/` and `operations/` do recurring work, `doctor/` explains refused deliveries, and
`figures/` says how fast people are answered. Nothing here knows SQL (`automator.store`), HTTP
routes (`automator.server`) or the APIs of providers (`automator.providers`). Open
`intake/intake.py` first, then `runs/runner.py`.
"""
