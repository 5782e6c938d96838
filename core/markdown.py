"""Markdown written by people, as HTML that is safe to put into a page."""

from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

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

# The same with pictures: `![what it shows](attachment:TOKEN)` of files that belong to the text.
_ATTACHED = "attachment:"
_PICTURE_PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .enable("image")
)
_PICTURE_PARSER.core.ruler.push("lower_headings", _lower_headings)


def _draw_picture(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    place: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """A picture the text may show, from its address here; the words of any other."""
    token = tokens[place]
    words = nh3.clean_text(renderer.renderInlineAsText(token.children or [], options, env))
    source = str(token.attrs.get("src", ""))
    address = env["pictures"].get(source.removeprefix(_ATTACHED), "")
    if not source.startswith(_ATTACHED) or not address:
        return words
    picture = f'<img src="{nh3.clean_text(address)}" alt="{words}" loading="lazy">'
    return f'<a href="{nh3.clean_text(address)}">{picture}</a>'


_PICTURE_PARSER.add_render_rule("image", _draw_picture)


def to_html(text: str, pictures: Mapping[str, str] | None = None) -> str:
    """`text` as sanitised HTML; scripts, styles, `hx-` attributes and odd addresses are gone.

    `pictures` maps tokens of attached pictures to their addresses here; no other image is shown.
    """
    if pictures:
        return _clean(_PICTURE_PARSER.render(text, {"pictures": pictures}))
    if len(text) <= _CACHED_LENGTH:
        return _remembered(text)
    return _render(text)


def _render(text: str) -> str:
    return _clean(_PARSER.render(text))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags={*_TAGS, "img"},
        attributes={
            "a": {"href", "title"},
            "ol": {"start"},
            "img": {"src", "alt", "loading"},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


_remembered = lru_cache(maxsize=2048)(_render)
