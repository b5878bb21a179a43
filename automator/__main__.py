"""`python -m automator` is the same as the `automator` command."""

from automator.cli import main

# A process that this one starts imports this module, too.
if __name__ == "__main__":
    main()
