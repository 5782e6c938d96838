"""What a file that answers a field has to be. Pure: pages, API and actions ask the same."""

from catalogue.fields.definition import FormField

MEGABYTE = 1024 * 1024


def read_ending(text: str) -> str:
    """An ending as it is kept: `.PDF` and `*.pdf` are `pdf`."""
    return text.strip().lower().removeprefix("*").removeprefix(".")


def file_fault(one: FormField, name: str, size: int, *, most_bytes: int, count: int = 1) -> str:
    """Why these files are no answer to the field, in a sentence; empty when there is nothing."""
    if count > 1:
        return f"One file, please; these are {count}."
    if size == 0:
        return "This file is empty."
    if size > most_bytes:
        return f"At most {most_bytes // MEGABYTE} MB; this file is larger."
    if one.options and name.rpartition(".")[2].lower() not in one.options:
        return f"A file of this kind, please: {', '.join(one.options)}."
    return ""
