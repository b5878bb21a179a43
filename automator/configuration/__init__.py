"""The configuration that people write: `automator.yaml` and the environment.

`settings` has the models of `automator.yaml`, `target` the addresses that requests go to, and
`storage` the settings of stored data. `environment` reads the environment variables. `values` has
the kinds of values in every file (durations, rates, references to secrets), and `everyday_times`
recognises times in everyday language. `time_intervals` has recurring times, which `calendar`
combines. `secrets` reads secrets and keeps them out of output. `automator.files` reads YAML, and
reports each problem at its line. Open `settings.py` first.
"""

import os

# Pydantic looks for plugins in every installed package before it builds its first model. This
# program has no plugins, and other packages must not change how files are read.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
