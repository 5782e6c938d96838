"""Reads who is named with @ in a message. Pure."""

import re
from dataclasses import dataclass

from incidents.quotes import split_quoted

_AT = re.compile(
    r"(?<![\w@./])@(?:(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<name>[^\W\d_][\w'’.-]*(?:[ ][^\W\d_][\w'’.-]*){0,3}))"
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
MOST = 20


@dataclass(frozen=True)
class Named:
    """One @: an address, or the names it may be, the longest first; all in lower case."""

    email: str = ""
    names: tuple[str, ...] = ()


def read_mentions(text: str) -> list[Named]:
    """Every @ of the writer's own words; code and quoted mail are passed over."""
    split = split_quoted(text)
    own = _CODE.sub(" ", split.before + "\n" + split.after)
    lines = [line for line in own.splitlines() if not line.lstrip().startswith(">")]
    found: list[Named] = []
    for at in _AT.finditer("\n".join(lines)):
        if at["email"]:
            found.append(Named(email=at["email"].lower().rstrip(".")))
        else:
            found.append(Named(names=_names(at["name"])))
    return found[:MOST]


def _names(words: str) -> tuple[str, ...]:
    parts = words.lower().split(" ")
    longest_first = [" ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    plain = [name.rstrip(".,'’-") for name in longest_first]
    return tuple(
        dict.fromkeys(one for pair in zip(longest_first, plain, strict=True) for one in pair)
    )
