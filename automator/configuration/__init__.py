"""The configuration that people write: `automator.yaml` and the environment.

`settings` has the models of `automator.yaml`, with `target` for the places that are forwarded to
and `storage` for what is stored. `environment` has the variables and the time zone of the machine,
`values` the kinds of values that every file of ours may hold (durations, rates, references to
secrets), `time_intervals` the times that come again, and `secrets` what a secret is and how it
stays hidden. Nothing here reads YAML: `automator.files` does, and reports each problem at its line.
Open `settings.py` first.
"""
