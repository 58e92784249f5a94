"""Content to content with a mark: the hash of what cnndsl wrote, by which it knows its own files again.

The mark is a comment as the last line, in a PNG a text chunk; it also says which command made the content. Formats that
have no room for a comment (JSON, CSV, plain text) get none.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import AnyStr

WORD = r"cnndsl:(?:([a-z]+):)?sha256="  # and who made it, where that was said
COMMENTS = {
    "# {}": (".py", ".pyi", ".cnn", ".toml", ".yaml", ".yml"),
    "// {}": (".dot", ".gv"),
    "% {}": (".tex", ".pdf"),  # readers of PDF look for its end in the last kilobyte
    "<!-- {} -->": (".svg", ".html", ".htm", ".md", ".xml"),
}
TEMPLATES = {suffix: template for template, suffixes in COMMENTS.items() for suffix in suffixes}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def marked(content: AnyStr, suffix: str, maker: str = "") -> AnyStr:
    """Text or bytes of a file with this suffix (".py"), marked; unchanged where the format has no room for a mark."""
    if isinstance(content, str):
        return stamp(content.encode(), suffix, maker).decode()
    return stamp(content, suffix, maker)


def made_by(content: bytes, suffix: str) -> str | None:
    """The command that made content, "" where its mark does not say; None without a mark that matches all the rest of it.

    Line ends may have become CRLF.
    """
    if suffix == ".png":
        return png_made_by(content)
    template = TEMPLATES.get(suffix)
    if template is None:
        return None
    before, after = template.split("{}")
    pattern = rf"{re.escape(before)}{WORD}([0-9a-f]{{64}}){re.escape(after)}\n".encode()
    plain = content if suffix == ".pdf" else content.replace(b"\r\n", b"\n")
    body, last = split_last_line(plain)
    found = re.fullmatch(pattern, last)
    return (found[1] or b"").decode() if found and found[2] == digest(body) else None


def stamp(content: bytes, suffix: str, maker: str) -> bytes:
    if made_by(content, suffix) is not None:
        return content
    if suffix == ".png" and content.startswith(SIGNATURE):
        return stamped_png(content, maker)
    template = TEMPLATES.get(suffix)
    if template is None:
        return content
    body = content if content.endswith(b"\n") else content + b"\n"
    hashed = body if suffix == ".pdf" else body.replace(b"\r\n", b"\n")
    return body + template.format(f"cnndsl:{origin(maker)}sha256={digest(hashed).decode()}").encode() + b"\n"


def origin(maker: str) -> str:
    return f"{maker}:" if maker else ""


def digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()


def split_last_line(content: bytes) -> tuple[bytes, bytes]:
    start = content.rfind(b"\n", 0, -1) + 1
    return content[:start], content[start:]


# ---- PNG: the signature, then chunks of length (4 bytes), kind (4), data, CRC (4); the last kind is IEND ----


def stamped_png(content: bytes, maker: str) -> bytes:
    """With a chunk before the last one; whatever follows the image goes."""
    chunks = list(png_chunks(content))
    if not chunks or chunks[-1][4:8] != b"IEND":
        return content
    body = SIGNATURE + b"".join(chunks)
    data = b"tEXtcnndsl\0" + origin(maker).encode() + b"sha256=" + digest(body)
    ours = (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    return SIGNATURE + b"".join([*chunks[:-1], ours, chunks[-1]])


def png_made_by(content: bytes) -> str | None:
    if not content.startswith(SIGNATURE):
        return None
    chunks = list(png_chunks(content))
    ours = [chunk for chunk in chunks if chunk[4:].startswith(b"tEXtcnndsl\0")]
    if len(ours) != 1 or len(SIGNATURE) + sum(map(len, chunks)) != len(content):
        return None
    body = SIGNATURE + b"".join(chunk for chunk in chunks if chunk is not ours[0])
    found = re.fullmatch(rb"cnndsl\0(?:([a-z]+):)?sha256=([0-9a-f]{64})", ours[0][8:-4])
    return (found[1] or b"").decode() if found and found[2] == digest(body) else None


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
