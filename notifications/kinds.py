"""The closed catalogue of notices: what a person can be told, and whether a mail goes with it."""

from dataclasses import dataclass

KINDS: dict[str, "NoticeKind"] = {}


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice. `label` heads it in lists; `mailed` kinds also go out as mail."""

    name: str
    label: str
    icon: str = "bell"
    mailed: bool = True


def declare(name: str, label: str, *, icon: str = "bell", mailed: bool = True) -> NoticeKind:
    """Adds a kind to the catalogue; `name` starts with its app (`incidents.fix_offered`)."""
    if name in KINDS:
        raise ValueError(f"notice {name} is declared twice")
    kind = NoticeKind(name, label, icon, mailed)
    KINDS[name] = kind
    return kind


def kind_named(name: str) -> NoticeKind:
    """The declared kind of this name; ValueError when no `notices.py` declares it."""
    if name not in KINDS:
        raise ValueError(f"notice {name} is not declared in its app's notices.py")
    return KINDS[name]
