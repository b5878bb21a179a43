"""The options that completion offers."""

from automator.model import record


@record
class Option:
    """One thing that can be written at the cursor."""

    label: str
    #: The text that is inserted, where it differs from the label.
    insert: str = ""
    #: Beside the label: a value, or how a function is called.
    detail: str = ""
    #: `key`, `value`, `name`, `path`, `function`, `filter` or `tag`.
    kind: str
    #: Paragraphs about it, in English; the catalogue has the other languages.
    info: tuple[str, ...] = ()
    #: Values that were seen, as JSON writes them.
    examples: tuple[str, ...] = ()
    #: It is needed where it stands, and comes first.
    is_needed: bool = False


@record(kw_only=False)
class Completion:
    """The options that can replace the text from `start` to `end`."""

    start: int
    end: int
    options: tuple[Option, ...]
