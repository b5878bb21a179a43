"""How large a YAML file may be, and how much is said about one."""

MAX_BYTES = 262_144
MAX_DEPTH = 20
#: Enough for about 1,000 rules in one file.
MAX_NODES = 20_000
#: Problems of one file that are listed; a last one says that there are more.
MAX_PROBLEMS = 100
