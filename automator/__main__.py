"""`python -m automator` is the same as the `automator` command."""

from automator.cli import main

main()
