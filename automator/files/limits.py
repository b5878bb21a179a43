"""Bounds: the size of a YAML file, and the number of problems that are reported for one."""

MAX_BYTES = 262_144
MAX_DEPTH = 20
#: Enough for about 1,000 rules in one file.
MAX_NODES = 20_000
#: How many problems of one file are listed; a last one reports that there are more.
MAX_PROBLEMS = 100
