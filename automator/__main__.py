"""`python -m automator` is the same as the `automator` command."""

from automator.cli import main

# A child process of `multiprocessing` imports this module too, and must not run the command.
if __name__ == "__main__":
    main()
