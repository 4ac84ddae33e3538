"""Which encoding a text file is in, and reading it as UTF-8 whatever it is."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import IO, NamedTuple

_BLOCK = 1 << 22
_MOSTLY = 0.4
"""Below this share of broken among its non-ASCII characters a file is damaged UTF-8, not GB18030."""


class Encoding(NamedTuple):
    """Python's name of it, whether it decodes without loss, and how many quotes the file holds."""

    name: str
    clean: bool
    quotes: int


def detect(path: Path) -> Encoding:
    """The encoding of a file: by its byte order mark, else UTF-8, else GB18030."""
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        clean, quotes = _decodes(path, "utf-16")
        return Encoding("utf-16", clean, quotes)
    clean, quotes = _decodes(path, "utf-8-sig")
    if clean:
        return Encoding("utf-8-sig", True, quotes)
    clean, quotes = _decodes(path, "gb18030")
    shown = start.decode("utf-8", "replace")
    foreign = sum(ch > "\x7f" for ch in shown)
    if not shown.startswith("\ufeff") and shown.count("\ufffd") > foreign * _MOSTLY:
        return Encoding("gb18030", clean, quotes)
    return Encoding("utf-8-sig", False, quotes)


def _decodes(path: Path, name: str) -> tuple[bool, int]:
    """Whether the whole file decodes, and the number of its double quotes."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    quotes, clean = 0, True
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            quotes += block.count(b'"')
            if clean:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    clean = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        clean = False
    return clean, quotes


def open_text(path: Path, encoding: Encoding) -> IO[str]:
    """The file as text, line ends as they are; broken bytes read as U+FFFD."""
    return path.open(encoding=encoding.name, errors="replace", newline="")


class Utf8(io.RawIOBase):
    """A text file as a stream of UTF-8 bytes without byte order mark."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._file = path.open("rb")
        self._decoder = codecs.getincrementaldecoder(encoding.name)("replace")
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def tell_source(self) -> int:
        """How many bytes of the file have been read."""
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer; 0 at the end of the file."""
        while not self._rest:
            block = self._file.read(_BLOCK)
            self._rest = self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """Close the file under it."""
        self._file.close()
        super().close()
