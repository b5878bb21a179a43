"""Renders pages with Jinja2, with automatic escaping, and makes values readable for them."""

import asyncio
import gzip
import io
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from zlib import crc32

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from automator.clock import iso_time, moment_ms
from automator.language import LANGUAGES
from automator.model import format_id
from automator.plugins.data_deletion import data_deletion_code, data_deletion_page
from automator.resources import templates_folder
from automator.rules.editing.notations import CRON_DAYS, usual_times
from automator.server.web.navigation import (
    help_address,
    is_in_tabs,
    navigation,
    tabs,
    waits_elsewhere,
)
from automator.server.web.request_context import RequestContext
from automator.server.web.rule_view import rule_address
from automator.server.web.rule_words import (
    action_words,
    change_words,
    condition_words,
    event_words,
    finding_in_words,
    step_words,
)
from automator.server.web.security import Role
from automator.server.web.static_files import asset, asset_if_there

#: Control characters except tab and line ends, and the marks that change the direction of text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

#: Characters that begin a new paragraph in the bidirectional algorithm. With one of them inside
#: `<bdi>`, the direction of the text there can affect the rest of the line.
_PARAGRAPHS = re.compile(r"[\x1c-\x1e\x85\u2029]")
_ISOLATED = re.compile(r"<bdi>.*?</bdi>", re.DOTALL)

#: A time as the program and the templates of rules write it. Times of other centuries are shown as
#: texts, because not every zone has them.
_TIME = re.compile(r"(19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)

#: From this many bytes on, a page is compressed.
_LEAST_TO_COMPRESS = 1_000
#: The level of compression: of the time that a page takes, 1 to 4 %.
_LEVEL = 6
#: A compressed page gets longer by up to this many bytes, by chance.
_MOST_PADDING = 100

#: The number of background colours for the initials of people.
_COLOURS = 6


@cache
def environment() -> Environment:
    """The Jinja2 environment of all pages, made once."""
    pages = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    pages.filters.update(
        id=format_id,
        iso=iso_time,
        pretty=pretty_json,
        has_words=lambda text: any(sign.isalnum() for sign in text),
        body=readable_body,
        bytes=lambda content: readable_body(content.decode("utf-8", "replace")),
    )
    pages.tests["moment"] = is_moment
    pages.globals.update(
        asset=asset,
        asset_if_there=asset_if_there,
        Role=Role,
        languages=LANGUAGES,
        action_words=action_words,
        change_words=change_words,
        condition_words=condition_words,
        event_words=event_words,
        finding_in_words=finding_in_words,
        step_words=step_words,
        colour_of=colour_of,
        initials_of=initials_of,
        usual_times=usual_times,
        days_words=CRON_DAYS,
        navigation=navigation,
        tabs=tabs,
        is_in_tabs=is_in_tabs,
        waits_elsewhere=waits_elsewhere,
        help_address=help_address,
        rule_address=rule_address,
        deletion_page=deletion_page,
    )
    return pages


class Page(Response):
    """The answer with a whole page, which is rendered in a thread.

    On the event loop, rendering could take too long: templates are compiled at their first use, and
    many rules or runs make a page long.
    """

    media_type = "text/html"

    def __init__(
        self, context: RequestContext, template: str, status: int, values: Mapping[str, Any]
    ) -> None:
        super().__init__(status_code=status, headers={"vary": "accept-encoding"})
        self._takes_gzip = context.takes_gzip
        self._text: Callable[[], str] | None = partial(render_text, context, template, **values)

    async def finish(self) -> None:
        """Renders the page and compresses it, if that is not done yet."""
        if self._text is not None:
            text, self._text = self._text, None
            self.body, is_compressed = await asyncio.to_thread(self._rendered, text)
            self.headers["content-length"] = str(len(self.body))
            if is_compressed:
                self.headers["content-encoding"] = "gzip"

    def _rendered(self, text: Callable[[], str]) -> tuple[bytes, bool]:
        content = text().encode(self.charset)
        if self._takes_gzip and len(content) >= _LEAST_TO_COMPRESS:
            return compressed(content), True
        return content, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.finish()
        await super().__call__(scope, receive, send)


def compressed(content: bytes) -> bytes:
    """A page, compressed, with a file name of random length in the header of gzip.

    A page shows texts of strangers beside data that they may not read. By the padding, the length
    of a single answer does not tell whether the two have something in common.
    """
    written = io.BytesIO()
    name = "-" * (1 + secrets.randbelow(_MOST_PADDING))
    with gzip.GzipFile(name, "wb", _LEVEL, written, mtime=0) as file:
        file.write(content)
    return written.getvalue()


def render(context: RequestContext, template: str, *, status: int = 200, **values: Any) -> Page:
    """The answer with a whole page, made from a template with these values."""
    return Page(context, template, status, values)


def render_text(context: RequestContext, template: str, **values: Any) -> str:
    """Renders a page or a part of a page; slow, so call it in a thread."""
    for value in values.values():
        if isinstance(value, BaseException):
            # Jinja keeps the values for a while; the frames of an error would keep much in memory.
            value.__traceback__ = value.__cause__ = value.__context__ = None
    words = context.translator
    page = (
        environment()
        .get_template(template)
        .render(context=context, _=words, counted=words.counted, now_ms=context.now_ms, **values)
    )
    if not _PARAGRAPHS.search(page):
        return page
    return _ISOLATED.sub(lambda found: _PARAGRAPHS.sub(" ", found[0]), page)


def deletion_page(event_type: str, connection: str, dedupe_key: str) -> str:
    """The address of the page about a request to delete data; "" for other events."""
    code = data_deletion_code(event_type, dedupe_key)
    return data_deletion_page(connection, code) if code else ""


def pretty_json(value: Any) -> str:
    """Indented JSON for people; values that JSON cannot express are written as text."""
    try:
        return orjson.dumps(
            value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str
        ).decode()
    except (TypeError, orjson.JSONEncodeError):
        return str(value)


def is_moment(value: Any) -> bool:
    """Whether a value is a time, which pages show in the zone of their reader."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    return moment_ms(value) is not None


def readable_body(body: Any) -> str:
    """A recorded body for people: indented JSON, or the text with control characters as codes."""
    if not isinstance(body, str):
        return "" if body is None else pretty_json(body)
    try:
        return pretty_json(orjson.loads(body))
    except orjson.JSONDecodeError:
        return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", body)


def colour_of(key: str) -> int:
    """The number of a person's background colour, derived from the contact's key."""
    return crc32(key.encode("utf-8", "replace")) % _COLOURS


def initials_of(name: str) -> str:
    """The first letters of the last two words of a name, as Vietnamese names are shortened."""
    words = [word for word in name.split() if unicodedata.category(word[0])[0] in "LN"]
    return "".join(word[0] for word in words[-2:]).upper()
