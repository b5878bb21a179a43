"""Settings of the storage: backups, room on the disk, the server's log, and retention."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from automator.configuration.values import Duration, KeptFor, StrictModel, WholeNumber
from automator.model import WrongValue
from automator.reasons.problems.values import value_above_low


class Backup(StrictModel):
    """The backups that the server makes of a SQLite database by itself."""

    every: Duration = Field(default=86_400.0, ge=600, description="How often one is made.")
    keep: WholeNumber = Field(
        default=7, ge=0, le=1000, description="How many are kept; 0 makes none at all."
    )
    folder: Path | None = Field(
        default=None, description="Where they are put; `backups` in the data folder if not given."
    )


class Disk(StrictModel):
    """The free room on the disk: the server tells when it is low, and then refuses deliveries."""

    low: WholeNumber | None = Field(
        default=None,
        ge=0,
        description="Bytes below which the event `disk.low` comes, with any database;"
        " 1,000,000,000, or a tenth of the disk where that is less, and at least twice"
        " `keep_free`.",
    )

    keep_free: WholeNumber | None = Field(
        default=None,
        ge=0,
        description="Bytes below which nothing new is taken in; 200,000,000, or a twentieth of the"
        " disk where that is less; at most `low`.",
    )

    @field_validator("keep_free")
    @classmethod
    def _is_told_before(cls, value: int | None, info: ValidationInfo) -> int | None:
        low = info.data.get("low")
        if value is not None and low is not None and low < value:
            raise WrongValue(value_above_low(low=low))
        return value

    reserve: WholeNumber | None = Field(
        default=None,
        ge=0,
        description="Bytes of a file that is given up when the disk is full all the same, so that"
        " what is under way can be settled; 16,777,216, or a quarter of `keep_free` where that is"
        " less.",
    )


class Log(StrictModel):
    """The server's own log."""

    format: Literal["line", "json"] = Field(
        default="line",
        description="`line` for people, or `json`: one object a line, for a program.",
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="What is less important is left out. Libraries say warnings at most.",
    )


class Retention(StrictModel):
    """The times for which data is kept. Data that a waiting run needs is always kept."""

    payloads: KeptFor = Field(
        default=2_592_000.0,
        description="The bytes of deliveries, and the requests and answers of attempts.",
    )
    log: KeptFor = Field(
        default=7_776_000.0, description="Events with their deliveries, runs and attempts."
    )
    dedupe_keys: KeptFor = Field(
        default=691_200.0,
        ge=691_200,
        description="How long a repeated event is known as a duplicate, if that is longer than"
        " the log; at least 8d, since providers repeat for days.",
    )
    contacts: KeptFor = Field(
        default=None,
        description="Contacts of whom nothing has been heard for so long, with all that is stored"
        " of them. Those who have opted out or are blocked stay.",
    )
    audit: KeptFor = Field(
        default=63_072_000.0,
        ge=2_592_000,
        description="The rows of the audit trail; at least 30d.",
    )
