"""Limits of a YAML file: its values, their depth, and the problems that are listed for it."""

MAX_BYTES = 262_144
MAX_DEPTH = 20
#: Enough for about 1,000 rules in one file.
MAX_NODES = 20_000
#: How many problems of one file are listed; one more problem then says that there are more.
MAX_PROBLEMS = 100
