"""An evidence pack as Markdown, for where pages of ours are not read."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from devlink.models import EvidencePack

type_facts = Mapping[str, object]


def as_markdown(pack: EvidencePack, *, site: str) -> str:
    """What support knows, with a link back; nothing of it names a person."""
    content: type_facts = pack.content
    blocks = [
        _head(pack, content, site),
        _ask(content),
        _reach(content),
        _cost(content),
        _known(content),
        _voices(content),
        _sureness(content),
        f"sha256 `{pack.sha256}`",
    ]
    return "\n\n".join(block for block in blocks if block)


def _part(content: type_facts, name: str) -> type_facts:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _list(content: type_facts, name: str) -> list[object]:
    part = content.get(name)
    return part if isinstance(part, list) else []


def _line(text: object) -> str:
    """One line that nobody is called by and that no table breaks at."""
    plain = " ".join(str(text).split())
    return plain.replace("|", "\\|").replace("@", "@\u200b").replace("<", "&lt;")


def _head(pack: EvidencePack, content: type_facts, site: str) -> str:
    problem = _part(content, "problem")
    as_of: datetime = pack.as_of
    reference = _line(problem.get("reference", ""))
    return (
        f"### Evidence from support: {reference} {_line(problem.get('title', ''))}\n\n"
        f"Version {pack.version}, as of {as_of:%d %b %Y %H:%M} UTC · "
        f"[open in Upstream]({site}{pack.get_absolute_url()})"
    )


def _ask(content: type_facts) -> str:
    ask = _part(content, "ask")
    if not ask:
        return ""
    return (
        f"**{_line(ask['team'])} asks for a fix in {_line(ask['sprint'])} and stakes "
        f"{ask['points']} of 100 points.** {_line(ask['rationale'])}"
    )


def _reach(content: type_facts) -> str:
    reach = _part(content, "reach")
    rows = ["| In the last | Tickets | People | Organisations |", "|---|---:|---:|---:|"]
    for days, label in (("7", "7 days"), ("28", "28 days"), ("90", "90 days"), ("all", "all time")):
        one = _part(reach, days)
        cells = " | ".join(str(one.get(name, 0)) for name in ("tickets", "people", "organisations"))
        rows.append(f"| {label} | {cells} |")
    return "\n".join(rows)


def _cost(content: type_facts) -> str:
    effort, late = _part(content, "effort"), _part(content, "service_levels")
    again = _part(content, "reopened")
    minutes = effort.get("minutes")
    lines = []
    if minutes is not None:
        estimated = " (partly estimated)" if effort.get("estimated") else ""
        lines.append(f"Agent time: {minutes} min{estimated}")
    lines.append(f"Targets missed: {late.get('breached', 0)} of {late.get('of', 0)}")
    lines.append(f"Reopened: {again.get('tickets', 0)} of {again.get('of', 0)} resolved")
    return _bullets(lines)


def _known(content: type_facts) -> str:
    problem, workaround = _part(content, "problem"), _part(content, "workaround")
    lines = []
    if problem.get("component"):
        lines.append(f"Component: {_line(problem['service'])} / {_line(problem['component'])}")
    if problem.get("root_cause"):
        lines.append(f"Root cause: {_line(problem['root_cause'])}")
    for one in _dicts(_list(content, "first_seen_after")):
        lines.append(f"First seen after {_line(one['reference'])} {_line(one['title'])}")
    lines.append(f"Workaround: {_line(workaround.get('text') or 'none known')}")
    return _bullets(lines)


def _voices(content: type_facts) -> str:
    quotes = [
        f"> {_line(one['text'])} ({_line(one['reference'])})"
        for one in _dicts(_list(content, "excerpts"))
    ]
    return "\n>\n".join(quotes)


def _sureness(content: type_facts) -> str:
    confidence = _part(content, "confidence")
    lines = [f"For: {_line(one)}" for one in _list(confidence, "for")]
    lines += [f"Against: {_line(one)}" for one in _list(confidence, "against")]
    lines += [f"Would prove it wrong: {_line(one)}" for one in _list(content, "falsified_by")]
    return _bullets(lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _dicts(found: list[object]) -> Iterator[type_facts]:
    for one in found:
        if isinstance(one, dict):
            yield one
