"""Reads a value in brackets up to the cursor, character by character: its end may be missing."""

from dataclasses import dataclass, field

#: Items or brackets inside one another that are followed, at most; rule files have fewer.
DEEPEST = 64


@dataclass(slots=True)
class Bracket:
    """An open bracket, with the key whose value follows."""

    opening: str
    key: str | None = None
    keys: set[str] = field(default_factory=set)

    def ends_key(self, following: str) -> bool:
        """Whether a colon with this character behind it ends a key."""
        return self.opening == "{" and self.key is None and following in ("", *" \n}][{")


def open_brackets(text: str, start: int, end: int) -> tuple[list[Bracket], int]:
    """The brackets that are open at `end`, and where the word that is being written begins.

    There are none where they are deeper than a rule file can be.
    """
    brackets: list[Bracket] = []
    token, quote, index = start, "", start
    #: The offset of the word's last character that is not blank.
    written = -1
    while index < end:
        sign = text[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and written < token:
            quote = sign
        elif sign in "{[":
            if len(brackets) >= DEEPEST:
                return [], start
            brackets.append(Bracket(sign))
            token = index + 1
        elif sign in "}]" and brackets:
            brackets.pop()
            token = index + 1
        elif brackets and sign == ",":
            brackets[-1].key = None
            token = index + 1
        elif sign == ":" and brackets and brackets[-1].ends_key(text[index + 1 : index + 2]):
            brackets[-1].key = text[token:index].strip().strip("'\"")
            brackets[-1].keys.add(brackets[-1].key)
            token = index + 1
        if not sign.isspace():
            written = index
        index += 1
    return brackets, token
