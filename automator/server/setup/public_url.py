"""Sets the public address of this server in automator.yaml, for pages."""

import re

from automator.files.editing import put, remove
from automator.model import N_, UsageError
from automator.server.setup.settings_changes import write_good
from automator.server.web.settings_file import SettingsFile

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,250}(/[\w./-]{0,200})?")


def set_public_url(file: SettingsFile, address: str) -> None:
    """Sets the address at which the outside reaches this server; "" removes it.

    Raises:
        UsageError: the text is no address.
        SettingsRefusedError: the file would have errors.
    """
    address = address.strip().rstrip("/")
    if address and "://" not in address:
        address = f"https://{address}"
    if address and not _ADDRESS.fullmatch(address):
        raise UsageError(N_("this is no address"), fix=N_("Write it as https://hooks.example.com."))
    before = file.read()
    text = put(before, ("public_url",), address) if address else remove(before, ("public_url",))
    write_good(file, before, text)
