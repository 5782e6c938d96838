"""Atlassian Document Format, as far as a work item needs it: plain paragraphs out, text in."""

from collections.abc import Mapping

from devlink.connectors.reading import dig, text

_DEEPEST = 60
_BLOCKS = {
    "paragraph", "heading", "codeBlock", "blockquote", "listItem", "rule", "panel", "tableRow",
    "mediaSingle", "mediaGroup", "taskItem", "decisionItem", "expand",
}  # fmt: skip
# What stands in the text as something else than text.
_SAID = {"mention": "text", "emoji": "shortName", "inlineCard": "url", "status": "text"}


def from_text(body: str) -> Mapping[str, object]:
    """A document of one paragraph for each part of the text between empty lines."""
    parts = [part for part in body.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return {"type": "doc", "version": 1, "content": [_paragraph(part) for part in parts]}


def _paragraph(part: str) -> Mapping[str, object]:
    content: list[Mapping[str, object]] = []
    for line in part.strip("\n").split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def to_text(document: object) -> str:
    """The text of a document with an empty line between its blocks; a plain text as it is."""
    if isinstance(document, str):
        return text(document)
    blocks = "".join(_said(document, 0)).split("\n\n")
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip())


def _said(node: object, depth: int) -> list[str]:
    if depth > _DEEPEST:
        return []
    kind = text(node, "type")
    if kind == "text":
        return [text(node, "text")]
    if kind == "hardBreak":
        return ["\n"]
    if kind in _SAID:
        return [text(node, "attrs", _SAID[kind])]
    inner = dig(node, "content")
    parts = (
        [said for child in inner for said in _said(child, depth + 1)]
        if isinstance(inner, list)
        else []
    )
    return [*parts, "\n\n"] if kind in _BLOCKS else parts
