"""`automator contact export`: all that is stored of a person, as JSON."""

import sys

from automator.cli.decisions.contact import Connection, Person
from automator.cli.terminal.database import open_log
from automator.cli.terminal.options import Data, Database
from automator.cli.terminal.paths import data_folder


def export(
    connection: Connection, person: Person, data: Data = None, database: Database = None
) -> None:
    """Print all stored data of a person, as JSON."""
    from automator.server.people.person_data import data_of_person

    with open_log(data_folder(data), database) as log:
        for part in data_of_person(log, connection, person):
            sys.stdout.write(part)
