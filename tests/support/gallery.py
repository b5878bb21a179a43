"""The ready-made rules of the gallery, made for connections as a shop sets them up."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from _pytest.mark.structures import ParameterSet

from automator.language import LANGUAGES, Translator
from automator.plugins import Provider
from automator.rules import Loaded, RuleContext, load_rules
from automator.rules.gallery.gallery import GALLERY
from automator.rules.gallery.gallery_rule import GalleryConnection, GalleryRule
from automator.server.editing.gallery import gallery_connection
from automator.server.reading.config import Config, load_config
from automator.server.reading.rule_context import rule_context_of

SETTINGS = """\
connections:
  shop-page: {provider: facebook, app_secret: "app-secret-0123456789", verify_token: "v-0123456789",
    page_access_token: "token-0123456789"}
  shop-ig: {provider: instagram, app_secret: "app-secret-0123456789", verify_token: "v-0123456789",
    access_token: "token-0123456789"}
  shop-oa: {provider: zalo, app_id: "431000000000000071", oa_id: "219000000000000019",
    oa_secret: "oa-secret-0123456789", access_token: "token-0123456789"}
  shop-wa: {provider: whatsapp, app_secret: "app-secret-0123456789", verify_token: "v-0123456789",
    access_token: "token-0123456789", phone_number_id: "106540352242922"}
  shop-bot: {provider: telegram, secret_token: "secret-token-0123456789",
    bot_token: "123456:token-0123456789abcdefghijklmnopqrst"}
timezone: Asia/Ho_Chi_Minh
public_url: https://bot.example
notify: {ops: "json://ops.example/told"}
"""


@cache
def configured() -> Config:
    """The settings, read as a server reads them."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "automator.yaml")
        path.write_text(SETTINGS, encoding="utf-8")
        return load_config(path, Path(folder), False).require()


@cache
def real() -> tuple[RuleContext, Mapping[str, Provider], Mapping[str, GalleryConnection]]:
    """The context of rule files, the connections, and the abilities of each."""
    config = configured()
    around = {
        name: gallery_connection(item, config.settings) for name, item in config.connections.items()
    }
    return rule_context_of(config), config.connections, around


def text_of(item: GalleryRule, connection: str, language: str, **given: str) -> str:
    """The file with the rule in a language."""
    filled = item.filled(real()[2][connection], given, Translator(language))
    return item.file(filled, "made")


def made(item: GalleryRule, connection: str, language: str, **given: str) -> Loaded:
    """The file, read and checked."""
    return load_rules(real()[0], {"made.yaml": text_of(item, connection, language, **given)})


#: Every ready-made rule, for every connection that it fits, in every language.
COMBINATIONS: tuple[tuple[GalleryRule, str, str], ...] = tuple(
    (item, name, language)
    for item in GALLERY
    for name, around in real()[2].items()
    if item.fits(around)
    for language in LANGUAGES
)


def as_parameters(
    combinations: Iterable[tuple[GalleryRule, str, str]],
) -> list[ParameterSet]:
    """The same as parameters of a test, each with its name."""
    return [pytest.param(*one, id=f"{one[0].key}-{one[1]}-{one[2]}") for one in combinations]


FITTING = as_parameters(COMBINATIONS)
