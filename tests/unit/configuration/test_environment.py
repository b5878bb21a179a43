"""What the environment says to the server itself."""

from automator.configuration.environment import Environment


def test_an_empty_variable_says_as_much_as_none() -> None:
    names = ("DATA", "CONFIG", "DATABASE", "SEALING_KEY", "LANG")

    assert Environment.read({f"AUTOMATOR_{name}": "" for name in names}) == Environment.read({})
