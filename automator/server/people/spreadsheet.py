"""Reads notes about contacts from a CSV file, exported here or saved by a spreadsheet program."""

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from automator.actions.inputs import is_value_name
from automator.conditions import fold
from automator.model import N_, Note, OptOut, Remember, UsageError, record
from automator.server.people.notes import MOST_ID, MOST_TAG, SPECIAL, check_note
from automator.server.shared.saved_files import text_of_cell

#: A file has at most this many bytes and contacts.
MOST_BYTES, MOST_CONTACTS = 32 * 1024 * 1024, 100_000
#: At most this many columns of a file are read, and this many problems reported.
_MOST_COLUMNS, _MOST_PROBLEMS = 200, 20
_WORKBOOK = b"PK\x03\x04"
#: A text in UTF-16 begins with one of these; Excel calls it “Unicode text”.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONNECTION, _ID, _TAGS, _OPTED_OUT = "connection", "id", "tags", "opted_out"
#: Columns of an exported file that an import ignores.
_LEFT_ALONE = frozenset({
    "name", "first_seen", "last_inbound_at", "opted_out_at", "blocked", "blocked_at",
    "human_reply_at", "window_opened_at", "staff_notes",
})  # fmt: skip
_YES = frozenset({"true", "yes", "1", "x", "có", "co"})
_NO = frozenset({"", "false", "no", "0", "không", "khong"})
#: An id that a spreadsheet program took for a number and changed: `2.48E+16`, `1001.0`.
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+|[0-9]+[.,]0+", re.IGNORECASE)
_BETWEEN_TAGS = re.compile(r"[\n,;]")


@record
class LineProblem:
    """An error in a line of a file."""

    line: int
    error: UsageError


@record
class Spreadsheet:
    """The notes of a file, or its problems."""

    notes: Sequence[Note]
    #: If there are problems, `notes` is empty: nothing of the file is imported.
    problems: Sequence[LineProblem]
    #: The columns of the file that are ignored.
    ignored: Sequence[str]


def read_contacts(
    content: bytes, connections: Collection[str] | None, *, connection: str = "", by: str
) -> Spreadsheet:
    """Reads the notes of a file by the author `by`.

    Lines may name one of `connections`, or any if that is None; a line without a connection is
    about `connection`.

    Raises:
        UsageError: the content is not such a file.
    """
    text = decoded(content)
    head, _, _ = text.partition("\n")
    separator = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [text_of_cell(cell) for cell in next(lines, [])]
        columns = _columns_of(names)
        reading = _Reading(columns, connections, connection, by)
        for cells in lines:
            if any(cell.strip() for cell in cells):
                reading.read(lines.line_num, cells)
    except csv.Error as error:
        raise UsageError(
            N_("Line {line} is not CSV: {error}"),
            fix=N_("Save the spreadsheet as CSV once more, in UTF-8."),
            line=lines.line_num,
            error=error,
        ) from error
    return Spreadsheet(
        notes=() if reading.problems else reading.notes,
        problems=reading.problems,
        ignored=[name for name in names if name.casefold() in _LEFT_ALONE],
    )


@dataclass(eq=False)
class _Reading:
    """The state of reading the lines of one file."""

    columns: Mapping[int, str]
    connections: Collection[str] | None
    connection: str
    by: str
    seen: dict[tuple[str, str], int] = field(init=False, default_factory=dict)
    notes: list[Note] = field(init=False, default_factory=list)
    problems: list[LineProblem] = field(init=False, default_factory=list)

    def read(self, number: int, cells: Sequence[str]) -> None:
        """Reads one line.

        Raises:
            UsageError: the file has too many contacts.
        """
        if len(self.seen) >= MOST_CONTACTS:
            raise UsageError(
                N_("The file has more than {most} contacts."),
                fix=N_("Cut it into several files."),
                most=MOST_CONTACTS,
            )
        if len(self.problems) >= _MOST_PROBLEMS:
            return
        given = {
            name: text_of_cell(cells[place])
            for place, name in self.columns.items()
            if place < len(cells)
        }
        try:
            note = self._note_of(number, given)
            check_note(note)
            self.notes.append(note)
        except UsageError as error:
            self.problems.append(LineProblem(line=number, error=error))

    def _note_of(self, number: int, given: dict[str, str]) -> Note:
        connection = given.pop(_CONNECTION, "") or self.connection
        external_id = given.pop(_ID, "")
        self._check_contact(number, connection, external_id)
        tags = [tag.strip() for tag in _BETWEEN_TAGS.split(given.pop(_TAGS, ""))]
        opts_out = _is_yes(given.pop(_OPTED_OUT, ""))
        return Note(
            connection=connection,
            external_id=external_id,
            kept=Remember(
                values={name: value for name, value in given.items() if value},
                add_tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            ),
            opt_out=OptOut(opted_out=True, by=self.by) if opts_out else None,
        )

    def _check_contact(self, number: int, connection: str, external_id: str) -> None:
        if not connection:
            raise UsageError(
                N_("The line names no connection."),
                fix=N_("Add a column connection, or choose one for all lines."),
            )
        if self.connections is not None and connection not in self.connections:
            raise UsageError(
                N_("“{connection}” is no connection of this server"),
                fix=N_("Write one of these into the column connection: {known:list}."),
                connection=connection[:MOST_ID],
                known=sorted(self.connections)[:_MOST_PROBLEMS],
            )
        if _ROUNDED.fullmatch(external_id):
            raise UsageError(
                N_("The spreadsheet has made a number of the id: {id}"),
                fix=N_("Format the column id as text, and copy the ids into it once more."),
                id=external_id,
            )
        first = self.seen.setdefault((connection, external_id), number)
        if first != number:
            raise UsageError(
                N_("The contact {connection}:{id} stands in line {first} already"),
                fix=N_("Keep one of the two lines."),
                connection=connection,
                id=external_id,
                first=first,
            )


def decoded(content: bytes) -> str:
    """The text of a file, in UTF-8 or UTF-16.

    Raises:
        UsageError: the file is no text.
    """
    if content.startswith(_WORKBOOK):
        raise UsageError(
            N_("This is a workbook of Excel."), fix=N_("Save it as “CSV UTF-8” there.")
        )
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            N_("Line {line} is not text in UTF-8."),
            fix=N_("Save the spreadsheet as “CSV UTF-8”."),
            line=line,
        ) from error


def _columns_of(names: Sequence[str]) -> dict[int, str]:
    """The columns that are read, by their indexes.

    Raises:
        UsageError: there is no column `id`, or a name occurs twice or cannot name a value.
    """
    columns: dict[int, str] = {}
    for place, written in enumerate(names[:_MOST_COLUMNS]):
        lower = written.casefold()
        name = lower if lower in {_CONNECTION, _ID, *SPECIAL} else written
        if not name or lower in _LEFT_ALONE:
            continue
        if name in columns.values():
            raise UsageError(
                N_("Two columns are called {name}."), fix=N_("Rename one of them."), name=name
            )
        if not is_value_name(name):
            raise UsageError(
                N_("A column is called “{name}”, which is no name of a value."),
                fix=N_("Call it {nearest}, for example, in the first line."),
                name=name[:MOST_TAG],
                nearest=_nearest_name(name),
            )
        columns[place] = name
    if _ID not in columns.values():
        raise UsageError(
            N_("No column is called id."),
            fix=N_(
                "Name the columns in the first line: id, the contact's id at the provider, then"
                " connection, tags, opted_out, and any names of values, such as phone."
            ),
        )
    return columns


def _nearest_name(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", fold(name))
    return "_".join(words).lstrip("0123456789_")[:64] or "note"


def _is_yes(word: str) -> bool:
    if word.casefold() in _YES | _NO:
        return word.casefold() in _YES
    raise UsageError(
        N_("“{word}” in the column opted_out is neither true nor false"),
        fix=N_("Write true for contacts who want no private messages, and leave others empty."),
        word=word[:MOST_TAG],
    )
