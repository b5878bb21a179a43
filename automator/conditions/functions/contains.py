"""`contains()`, the most frequent function of JMESPath in conditions."""

from collections.abc import Sequence

from automator.conditions.forms.values import Node, constant
from automator.conditions.forms.writer import Term, Truth, Writer


def write_contains(writer: Writer, children: Sequence[Node], current: str) -> Term:
    """Whether a text contains a text, or a list an element."""
    words = constant(children[0])[1]
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return _in_texts(writer, children, words, current)
    subject, wanted = (writer.bind(writer.write(child, current)) for child in children)
    is_long = f"if len({subject}) > {writer.free_text}:"
    with writer.block(f"if isinstance({subject}, str):"), writer.block(is_long):
        writer.spend(f"len({subject})", of="spend_text")
    with writer.block(f"elif isinstance({subject}, list):"):
        writer.pay(f"len({subject})")
        if children[1]["type"] != "literal":
            _pay_for_comparing(writer, subject, wanted)
    writer.line(f"else: raise {_mismatch(writer, subject)}")
    return Term(f"({wanted} in {subject})", Truth.BOOL, is_safe=False)


def _pay_for_comparing(writer: Writer, subject: str, wanted: str) -> None:
    """Pays for comparing a value with each of a list; literals are short and cost nothing."""
    with writer.block(f"if type({wanted}) in SIZED:"):
        with writer.block(f"if type({wanted}) is not str:"):
            writer.spend(wanted, of="spend_value")
            writer.spend(subject, of="spend_value")
        with writer.block(f"elif len({wanted}) > {writer.free_text}:"):
            writer.spend(f"len({subject}) * len({wanted})", of="spend_compared")


def _in_texts(writer: Writer, children: Sequence[Node], texts: Sequence[str], current: str) -> Term:
    """`contains(['a', 'b'], x)` by a hash look-up. If the current value is null, so is the list."""
    wanted = writer.bind(writer.write(children[1], current))
    if children[0]["type"] != "literal":
        writer.line(f"if {current} is None: raise {_mismatch(writer, 'None')}")
    known = writer.constant(frozenset(texts))
    return Term(f"(type({wanted}) is str and {wanted} in {known})", Truth.BOOL)


def _mismatch(writer: Writer, subject: str) -> str:
    name, kinds = writer.constant("contains"), writer.constant(("array", "string"))
    return f"mismatch({name}, {subject}, {kinds})"
