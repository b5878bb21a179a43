"""Reasons about the names of people whose messages come without one."""

from automator.model import N_
from automator.reasons.kind import reason_kind

NAME_LOOKED_UP = reason_kind("name_looked_up", N_("{done}; the name was looked up: {name}"))
NAME_NOT_LOOKED_UP = reason_kind(
    "name_not_looked_up",
    N_("{done}; the name could not be looked up: {because}"),
    N_("Write default('…') behind the name; look_up_names: false in the connection asks no more."),
)
NAME_NOT_GIVEN = reason_kind("name_not_given", N_("the provider did not give it"))
NO_NAME_IN_TIME = reason_kind("no_name_in_time", N_("the provider did not answer in time"))
