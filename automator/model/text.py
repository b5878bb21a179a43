"""Texts as they are shown: on one line, and cut where they are long."""


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with `…` behind it, so that it has at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_one_line(text: str, most: int) -> str:
    """The same, with single blanks in the place of all other white space."""
    return shortened(" ".join(text.split()), most)
