"""Keeping uploaded files: their names, sizes and honest types; random names on the disk."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from core.errors import DomainError
from incidents.models import Attachment, DraftFile
from incidents.pictures import HEAD_BYTES, honest_type

MOST_FILES = 10
Kept = TypeVar("Kept", Attachment, DraftFile)


def clean_name(name: str) -> str:
    """A file's name fit to be shown: no path, no controls, no direction tricks, 200 characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    shown = shown.strip(" .") or "file"
    if len(shown) <= 200:
        return shown
    stem, _, ending = shown.rpartition(".")
    return f"{stem[: 199 - len(ending)]}.{ending}" if stem and len(ending) < 12 else shown[:200]


def check_files(files: Sequence[UploadedFile[bytes]], *, beside: int = 0) -> None:
    """A DomainError when there are too many with those `beside`, or one is too large."""
    if len(files) + beside > MOST_FILES:
        raise DomainError(f"At most {MOST_FILES} files at once.", field="attachments")
    for upload in files:
        if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
            most = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
            raise DomainError(
                f"{clean_name(upload.name or '')} is larger than {most} MB.", field="attachments"
            )


def keep_files(
    files: Iterable[UploadedFile[bytes]], make: Callable[[dict[str, Any]], Kept]
) -> list[Kept]:
    """Stores uploads under random names; none is kept when one of them fails.

    `make` builds the unsaved row from what is known of the file.
    """
    kept: list[Kept] = []
    try:
        for upload in files:
            row = make(_described(upload))
            stored = secrets.token_hex(20)
            row.file.save(f"attachments/{stored[:2]}/{stored}", upload, save=False)
            row.save()
            kept.append(row)
    except OSError:
        for row in kept:
            row.file.delete(save=False)
        raise
    return kept


def _described(upload: UploadedFile[bytes]) -> dict[str, Any]:
    digest = hashlib.sha256()
    head = b""
    for chunk in upload.chunks():
        head = head or chunk[:HEAD_BYTES]
        digest.update(chunk)
    upload.seek(0)
    return {
        "token": secrets.token_urlsafe(32),
        "name": clean_name(upload.name or ""),
        "content_type": honest_type(head, upload.content_type or ""),
        "size": upload.size or 0,
        "sha256": digest.hexdigest(),
    }
