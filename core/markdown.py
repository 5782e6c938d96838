"""Markdown written by people, as HTML that is safe to put into a page."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

# Raw HTML stays text, and remote images are not shown: they tell their owner who reads what.
_PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable("image")
)
_TAGS = frozenset(
    [
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "s",
        "del",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]
)
_HEADINGS = {"h1": "h4", "h2": "h5"}
_CACHED_LENGTH = 8_000


def _lower_headings(state: StateCore) -> None:
    """Headings of a message stand below those of the page."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = _HEADINGS.get(token.tag, "h6")


_PARSER.core.ruler.push("lower_headings", _lower_headings)


def to_html(text: str) -> str:
    """`text` as sanitised HTML; scripts, styles, `hx-` attributes and odd addresses are gone."""
    if len(text) <= _CACHED_LENGTH:
        return _remembered(text)
    return _render(text)


def _render(text: str) -> str:
    return nh3.clean(
        _PARSER.render(text),
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


_remembered = lru_cache(maxsize=2048)(_render)
