"""Content to content with a mark: the hash of what cnndsl wrote, by which it knows its own files again.

The mark is a comment as the last line, in a PNG a text chunk. Formats that have no room for a comment (JSON, CSV,
plain text) get none.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import AnyStr

WORD = "cnndsl:sha256="
COMMENTS = {
    "# {}": (".py", ".pyi", ".cnn", ".toml", ".yaml", ".yml"),
    "// {}": (".dot", ".gv"),
    "% {}": (".tex", ".pdf"),  # readers of PDF look for its end in the last kilobyte
    "<!-- {} -->": (".svg", ".html", ".htm", ".md", ".xml"),
}
TEMPLATES = {suffix: template for template, suffixes in COMMENTS.items() for suffix in suffixes}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def marked(content: AnyStr, suffix: str) -> AnyStr:
    """Text or bytes of a file with this suffix (".py"), marked; unchanged where the format has no room for a mark."""
    if isinstance(content, str):
        return stamp(content.encode(), suffix).decode()
    return stamp(content, suffix)


def is_intact(content: bytes, suffix: str) -> bool:
    """Whether content carries a mark that matches all the rest of it; line ends may have become CRLF."""
    if suffix == ".png":
        return is_intact_png(content)
    template = TEMPLATES.get(suffix)
    if template is None:
        return False
    before, after = template.split("{}")
    pattern = rf"{re.escape(before)}{WORD}([0-9a-f]{{64}}){re.escape(after)}\n".encode()
    plain = content if suffix == ".pdf" else content.replace(b"\r\n", b"\n")
    body, last = split_last_line(plain)
    found = re.fullmatch(pattern, last)
    return found is not None and found[1] == digest(body)


def stamp(content: bytes, suffix: str) -> bytes:
    if is_intact(content, suffix):
        return content
    if suffix == ".png" and content.startswith(SIGNATURE):
        return stamped_png(content)
    template = TEMPLATES.get(suffix)
    if template is None:
        return content
    body = content if content.endswith(b"\n") else content + b"\n"
    hashed = body if suffix == ".pdf" else body.replace(b"\r\n", b"\n")
    return body + template.format(WORD + digest(hashed).decode()).encode() + b"\n"


def digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()


def split_last_line(content: bytes) -> tuple[bytes, bytes]:
    start = content.rfind(b"\n", 0, -1) + 1
    return content[:start], content[start:]


# ---- PNG: the signature, then chunks of length (4 bytes), kind (4), data, CRC (4); the last kind is IEND ----


def stamped_png(content: bytes) -> bytes:
    """With a chunk before the last one; whatever follows the image goes."""
    chunks = list(png_chunks(content))
    if not chunks or chunks[-1][4:8] != b"IEND":
        return content
    body = SIGNATURE + b"".join(chunks)
    data = b"tEXt" + b"cnndsl\0" + b"sha256=" + digest(body)
    ours = (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    return SIGNATURE + b"".join([*chunks[:-1], ours, chunks[-1]])


def is_intact_png(content: bytes) -> bool:
    if not content.startswith(SIGNATURE):
        return False
    chunks = list(png_chunks(content))
    ours = [chunk for chunk in chunks if chunk[4:].startswith(b"tEXtcnndsl\0sha256=")]
    if len(ours) != 1 or len(SIGNATURE) + sum(map(len, chunks)) != len(content):
        return False
    body = SIGNATURE + b"".join(chunk for chunk in chunks if chunk is not ours[0])
    return ours[0][8:-4] == b"cnndsl\0sha256=" + digest(body)


def png_chunks(content: bytes) -> Iterator[bytes]:
    """Whole chunks, up to the last one or to where the file breaks off."""
    at = len(SIGNATURE)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if end > len(content):
            return
        yield content[at:end]
        if content[at + 4 : at + 8] == b"IEND":
            return
        at = end
