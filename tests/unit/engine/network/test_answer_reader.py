"""Answers are read strictly and within bounds, however they come in pieces."""

import asyncio

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import HttpResponseParser
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.network.answer_reader import (
    HEAD_BYTES,
    KEPT_BYTES,
    READ_BYTES,
    AnswerReader,
    BrokenAnswer,
)
from automator.model import PermanentError

HEAD = b"HTTP/1.1 200 OK\r\n"


def read(answer: bytes, *, is_head: bool = False, ends: bool = False) -> AnswerReader:
    reader = AnswerReader(is_head=is_head)
    reader.feed(answer)
    if ends:
        reader.end()
    return reader


# --- What an answer is ---

_names = st.text("abcxyzABC-_019", min_size=1, max_size=12)
_values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30)
_framing = {"content-length", "transfer-encoding", "connection", "upgrade", "content-encoding"}


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A whole answer with a body of any kind."""
    status = draw(st.sampled_from([200, 201, 301, 400, 404, 429, 500, 503]))
    headers = draw(st.lists(st.tuples(_names, _values), max_size=6))
    lines = [f"{name}: {value}" for name, value in headers if name.lower() not in _framing]
    body = draw(st.binary(max_size=300))
    if draw(st.booleans()):
        lines.append("Transfer-Encoding: chunked")
        cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
        parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True) if a < b]
        wire = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body)}")
        wire = body
    head = "\r\n".join([f"HTTP/1.1 {status} Said", *lines])
    return head.encode() + b"\r\n\r\n" + wire


async def by_aiohttp(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """The same bytes as another client reads them."""
    loop = asyncio.get_running_loop()
    parser = HttpResponseParser(BaseProtocol(loop), loop, 2**16, auto_decompress=False)
    ((message, payload),), _, _ = parser.feed_data(answer)
    headers = {name.lower(): value for name, value in message.headers.items()}
    return message.code, headers, await payload.read()


@given(answers(), st.lists(st.integers(1, 50), max_size=12))
def test_an_answer_is_read_as_aiohttp_reads_it_however_it_is_cut(
    answer: bytes, sizes: list[int]
) -> None:
    reader, rest = AnswerReader(), answer
    for size in sizes:
        piece, rest = rest[:size], rest[size:]
        reader.feed(piece)
    reader.feed(rest)

    assert reader.is_whole
    reply = reader.reply
    expected = asyncio.run(by_aiohttp(answer))
    assert (reply.status, dict(reply.headers), reply.body) == expected


@given(answers(), st.data())
def test_an_answer_that_is_cut_off_is_never_whole(answer: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(answer) - 1))
    reader = AnswerReader()
    reader.feed(answer[:end])

    assert not reader.is_whole
    with pytest.raises(BrokenAnswer) as caught:
        reader.end()
    assert caught.value.is_silent is (end == 0)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail_otherwise_than_as_a_broken_answer(noise: bytes) -> None:
    try:
        read(HEAD + noise, ends=True)
    except (BrokenAnswer, PermanentError):
        return


@pytest.mark.parametrize(
    ("answer", "is_head", "body"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\n", True, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", False, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nok", False, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n", False,
         b""),
    ],
)  # fmt: skip
def test_answers_without_a_body_and_interim_answers_are_told_from_others(
    answer: bytes, *, is_head: bool, body: bytes
) -> None:
    reader = read(answer, is_head=is_head)

    assert reader.is_whole
    assert reader.reply.body == body
    assert "a" not in reader.reply.headers


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_a_body_without_a_length_ends_with_its_connection(version: bytes) -> None:
    reader = read(version + b" 200 OK\r\n\r\nall of it")
    assert not reader.is_whole

    reader.end()

    assert (reader.reply.body, reader.keeps_alive) == (b"all of it", False)


@pytest.mark.parametrize(
    ("answer", "keeps_alive"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\nok", True),
        (HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\nok", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", True),
    ],
)
def test_a_connection_is_kept_when_its_answer_says_so(answer: bytes, *, keeps_alive: bool) -> None:
    assert read(answer).keeps_alive is keeps_alive


# --- Hostile answers ---


@pytest.mark.parametrize(
    "more",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", b"junk", b"\0"],
)
def test_what_follows_an_answer_is_no_part_of_it_and_ends_the_connection(more: bytes) -> None:
    reader = read(HEAD + b"Content-Length: 2\r\n\r\nok" + more)

    assert (reader.is_whole, reader.reply.body, reader.keeps_alive) == (True, b"ok", False)


def test_trailers_change_no_header() -> None:
    wire = b"2\r\nok\r\n0\r\nX-Id: 9\r\nContent-Encoding: gzip\r\n\r\n"
    reader = read(HEAD + b"X-Id: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)

    assert reader.is_whole
    assert reader.reply.headers == {"x-id": "5", "transfer-encoding": "chunked"}


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\nokay!",
        HEAD + b"Content-Length: -2\r\n\r\nok",
        HEAD + b"Content-Length: +2\r\n\r\nok",
        HEAD + b"Content-Length: 0x2\r\n\r\nok",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\nok",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nok",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
        HEAD + b"Content-Length : 2\r\n\r\nok",
        HEAD + b"X-\0A: 2\r\n\r\n",
        HEAD + b"X-A: a\0b\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"<html>",
    ],
)
def test_what_can_be_read_in_two_ways_is_no_answer(answer: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read(answer, ends=True)


def feed_on(start: bytes, piece: bytes) -> None:
    """The same piece again and again, for much longer than an answer may be."""
    reader = AnswerReader()
    reader.feed(start)
    for _ in range(16 * READ_BYTES // len(piece)):
        reader.feed(piece)


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (HEAD, b"X-A: 1\r\n"),
        (HEAD + b"X-A: ", b"a" * 4096),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", b"X-A: 1\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 4096 + b"\r\nx\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;", b"e" * 4096),
    ],
)
def test_what_has_no_end_is_given_up(start: bytes, piece: bytes) -> None:
    with pytest.raises(BrokenAnswer, match="more than"):
        feed_on(start, piece)


def test_of_a_long_body_the_beginning_is_kept_and_no_more_is_read() -> None:
    reader = AnswerReader()
    reader.feed(HEAD + b"\r\n")
    pieces = 0
    while not reader.is_whole:
        reader.feed(b"x" * HEAD_BYTES)
        pieces += 1

    assert (len(reader.reply.body), reader.keeps_alive) == (KEPT_BYTES, False)
    assert pieces * HEAD_BYTES <= READ_BYTES + HEAD_BYTES


def test_a_compressed_answer_is_refused_before_its_body_comes() -> None:
    with pytest.raises(PermanentError) as caught:
        read(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n")

    assert (caught.value.code, caught.value.status) == ("encoded_answer", 200)


@given(st.lists(answers(), min_size=2, max_size=4))
def test_the_answers_of_one_connection_are_each_read_as_if_it_were_the_first(
    several: list[bytes],
) -> None:
    reader = AnswerReader()
    for number, answer in enumerate(several):
        if number:
            reader.begin()
        reader.feed(answer)

        alone = read(answer)
        assert (reader.is_whole, reader.keeps_alive) == (True, alone.keeps_alive)
        assert reader.reply == alone.reply
        if not reader.keeps_alive:
            return


def test_what_stands_behind_an_answer_is_not_taken_for_the_next_one() -> None:
    reader = read(HEAD + b"Content-Length: 2\r\n\r\nok" + HEAD)

    assert (reader.is_whole, reader.reply.body) == (True, b"ok")
    assert not reader.keeps_alive
