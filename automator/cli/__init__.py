"""The `automator` command."""


def main() -> None:
    """Runs the command line."""
