"""The names of the people whom the sandbox knows: everybody has one, always the same."""

import zlib
from typing import Final

_NAMES: Final = (
    "Nguyễn Minh Anh",
    "Trần Thu Hà",
    "Lê Quốc Bảo",
    "Phạm Ngọc Lan",
    "Hoàng Gia Huy",
    "Vũ Thanh Mai",
    "Đặng Hải Nam",
    "Bùi Khánh Linh",
)


def name_of(person: str) -> str:
    """The name of the person with this id."""
    return _NAMES[zlib.crc32(person.encode()) % len(_NAMES)]
