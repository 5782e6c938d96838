"""How a message is shown: new words first, quoted mail folded, attached pictures in their place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from core.markdown import to_html
from incidents.models import Attachment, DraftFile, Message
from incidents.pictures import RASTER_TYPES
from incidents.quotes import split_quoted

_REFERENCE = re.compile(r"!\[[^\]\n]*\]\(attachment:([\w-]{10,60})\)")
File = Attachment | DraftFile


@dataclass(frozen=True)
class Shown:
    """A text ready for a page; `files` are those not shown as pictures inside it."""

    before: SafeString
    quoted: SafeString
    after: SafeString
    files: list[File]


def show_text(text: str, files: Iterable[File] = ()) -> Shown:
    """The text as safe HTML in three parts; pictures of `files` it refers to stand in it."""
    known = list(files)
    pictures = pictures_of(known) if known and "attachment:" in text else {}
    placed = {token for token in _REFERENCE.findall(text) if token in pictures}
    parts = split_quoted(text)
    before, quoted, after = (
        mark_safe(to_html(part, pictures) if part.strip() else "")  # noqa: S308 (to_html sanitises)
        for part in parts
    )
    return Shown(before, quoted, after, [one for one in known if one.token not in placed])


def show_message(message: Message) -> Shown:
    """A message with its attachments, which the caller has prefetched."""
    return show_text(message.body, message.attachments.all())


def pictures_of(files: Iterable[File]) -> Mapping[str, str]:
    """Addresses of the files that are raster images, by token."""
    return {
        one.token: reverse("incidents:picture", args=[one.token])
        for one in files
        if one.content_type in RASTER_TYPES
    }


def reference_to(waiting: DraftFile) -> str:
    """What stands in the text for an attached picture; empty for other files."""
    if waiting.content_type not in RASTER_TYPES:
        return ""
    words = re.sub(r"[\[\]()\\!*_`<>]", " ", waiting.name).strip()
    return f"![{words}](attachment:{waiting.token})"
