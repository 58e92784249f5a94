"""Parts to a whole page: style, script and data inside it, and a policy that lets nothing else in or out."""

from __future__ import annotations

from typing import Any

from . import assets
from .markup import data, tag, text

LIVE = (*assets.MODULES, "live")


def whole(title: str, content: str, record: dict[str, Any], revision: str | None) -> str:
    """`revision`: of a page that is served, and may ask its own server for the next one; any other asks for nothing."""
    style, script = assets.style(), assets.script(*(LIVE if revision else ()))
    head = (
        tag("meta", charset="utf-8")
        + tag("meta", http_equiv="Content-Security-Policy", content=policy(style, script, revision))
        + tag("meta", name="viewport", content="width=device-width, initial-scale=1")
        + tag("meta", name="color-scheme", content="light dark")
        + tag("meta", name="referrer", content="no-referrer")
        + tag("meta", name="generator", content="cnndsl")
        + tag("link", rel="icon", href="data:,")
        + tag("title", text(title))
        + f"<style>{style}</style>"
    )
    body = tag("a", "to the content", class_="skip", href="#content") + bar() + content + data("data", record)
    script = f'<script type="module">{script}</script>'
    return f"<!doctype html>\n{tag('html', tag('head', head) + tag('body', body + script), lang='en', data_revision=revision)}\n"


def policy(style: str, script: str, revision: str | None) -> str:
    rules = [
        "default-src 'none'",
        f"script-src {assets.digest(script)}",
        f"style-src {assets.digest(style)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(rules + ["connect-src 'self'"] * bool(revision))


def bar() -> str:
    """Where to go in the page, and how it looks."""
    ways = "".join(tag("a", name, href=f"#{name}") for name in ("explorer", "diagram", "layers", "findings", "source"))
    tools = tag("button", "light or dark", class_="theme") + tag("button", "print", class_="print")
    words = tag("p", class_="connection", role="status", hidden=True)
    return tag("div", tag("nav", ways, aria_label="parts of the page") + words + tag("div", tools, class_="tools"), class_="top")
