"""Bytes of a file → lines of text. Nothing here trusts the file: it is bounded in every way."""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

from core.errors import DomainError

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
BLOCK = 1 << 16
LONGEST_LINE = 2_000_000
# A packed file may grow this many times; ordinary tables grow five to thirty times.
LARGEST_RATIO = 100
RATIO_MATTERS_FROM = 32 * 1024 * 1024
LARGEST_UNPACKED_TIMES = 4
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")

Opener = Callable[[], BinaryIO]


class BadFile(DomainError):
    """A file that cannot be read as a whole."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


@dataclass(frozen=True)
class Line:
    """A line with its number; `too_long` when the rest of it was left out."""

    number: int
    text: str
    too_long: bool = False


class _Unpacked(io.RawIOBase):
    """The plain bytes of a file, counted, packed or not."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        start = raw.read(4)
        raw.seek(0)
        if start == ZIP:
            raise BadFile("This is a spreadsheet or a zip archive. Save it as CSV first.")
        self._packed = start.startswith(GZIP)
        self._plain: BinaryIO | gzip.GzipFile = (
            gzip.GzipFile(fileobj=raw, mode="rb") if self._packed else raw
        )
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        try:
            data = self._plain.read(min(len(buffer), BLOCK))
        except (OSError, EOFError, zlib.error) as error:
            raise BadFile("The file is damaged: it cannot be unpacked to its end.") from error
        buffer[: len(data)] = data
        self._count += len(data)
        if self._packed:
            self._refuse_bombs()
        return len(data)

    def _refuse_bombs(self) -> None:
        largest = settings.IMPORT_MAX_BYTES * LARGEST_UNPACKED_TIMES
        if self._count > largest:
            raise BadFile(f"The file unpacks to more than {largest // 1024**2:,} MB.")
        read = max(self._raw.tell(), 1)
        if self._count > RATIO_MATTERS_FROM and self._count > LARGEST_RATIO * read:
            raise BadFile("The file is packed far tighter than tickets are; it is refused.")


def encoding_by_mark(start: bytes) -> str:
    """The encoding a byte order mark names, or nothing."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return ""


@contextmanager
def _text(opener: Opener, encoding: str) -> Iterator[io.TextIOWrapper]:
    with opener() as raw:
        plain = io.BufferedReader(_Unpacked(raw), BLOCK)
        chosen = encoding or encoding_by_mark(plain.peek(2)[:2]) or "utf-8-sig"
        # A byte that does not belong becomes a lone surrogate, so that its row can be refused.
        strict = chosen.replace("_", "-").casefold().startswith(("utf-16", "utf-32"))
        errors = "replace" if strict else "surrogateescape"
        yield io.TextIOWrapper(plain, encoding=chosen, errors=errors)


def read_lines(opener: Opener, encoding: str = "") -> Iterator[Line]:
    """The file's lines, ends kept; raises BadFile for one that is damaged or too large."""
    with _text(opener, encoding) as text:
        number = 0
        while piece := text.readline(LONGEST_LINE):
            number += 1
            too_long = len(piece) == LONGEST_LINE and not piece.endswith("\n")
            while too_long and (rest := text.readline(LONGEST_LINE)):
                if rest.endswith("\n"):
                    break
            yield Line(number, piece, too_long)


def has_foreign_bytes(text: str) -> bool:
    """True when bytes of the text did not belong to the encoding."""
    return not text.isascii() and _ESCAPED_BYTE.search(text) is not None


def guess_encoding(opener: Opener, most_lines: int | None = None) -> str:
    """`cp1252` for a file that is plainly Windows text, "" for UTF-8 (marks are seen later).

    A file with more lines of sound UTF-8 letters than broken ones is UTF-8 with damage: there
    the broken rows are refused rather than all others spoiled.
    """
    sound = broken = 0
    for line in read_lines(opener):
        if not line.text.isascii():
            if has_foreign_bytes(line.text):
                broken += 1
            else:
                sound += 1
        if most_lines and line.number >= most_lines:
            break
    return "cp1252" if broken > sound else ""


def digest(opener: Opener) -> str:
    """SHA-256 of the file as it lies there."""
    found = hashlib.sha256()
    with opener() as raw:
        while block := raw.read(1 << 20):
            found.update(block)
    return found.hexdigest()
