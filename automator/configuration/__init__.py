"""The configuration that people write: `automator.yaml` and the environment.

`settings` has the models of `automator.yaml`, `target` the addresses that events are forwarded to,
and `storage` the settings of stored data. `environment` has the variables and the time zone of the
machine, `values` the kinds of values in every file (durations, rates, references to secrets),
`time_intervals` recurring times, and `secrets` the protection of secrets. Nothing here reads YAML:
`automator.files` does, and reports each problem at its line. Open `settings.py` first.
"""
