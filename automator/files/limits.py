"""How large a YAML file may be."""

MAX_BYTES = 262_144
MAX_DEPTH = 20
#: Enough for about 1,000 rules in one file.
MAX_NODES = 20_000
