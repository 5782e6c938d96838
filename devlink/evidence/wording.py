"""A pack in words: the facts of its page as Markdown, for where our pages are not read."""

from collections.abc import Iterator, Mapping
from typing import Any

from devlink.evidence.reading import kept_back
from devlink.models import EvidencePack

Content = Mapping[str, Any]

WINDOWS = (("7 days", "7"), ("28 days", "28"), ("90 days", "90"), ("All time", "all"))


def in_markdown(pack: EvidencePack, content: Content, *, site: str = "") -> str:
    """The whole pack, heading by heading, with a link back where the site is named.

    `content` is the pack's as far as its reader may read it (`devlink.evidence.reading`). What is
    not known is left out or said so. Words of people stand on one line, call nobody and are no
    markup.
    """
    content = _plain(content)
    problem = content["problem"]
    link = f" [Open it in Upstream]({site}{pack.get_absolute_url()})." if site else ""
    parts = [
        f"# {problem['reference']} {problem['title']}",
        f"Evidence pack, version {pack.version}, as of {pack.as_of:%d %b %Y %H:%M} UTC.{link}",
        *_ask(content),
        "## How many",
        *_reach(content),
        "## What it costs",
        "\n".join(f"- {line}" for line in _costs(content)),
        "## What is known",
        "\n".join(f"- {line}" for line in _known(content)),
        "## In the customers’ words",
        *_excerpts(content),
        f"## How sure this is: {content['confidence']['level']}",
        "\n".join(f"- {line}" for line in _sureness(content)),
        f"sha256 `{pack.sha256}`",
    ]
    return "\n\n".join(part for part in parts if part)


def _plain(found: Any) -> Any:
    """The same with every text on one line that nobody is called by and no table breaks at."""
    if isinstance(found, dict):
        return {key: _plain(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_plain(value) for value in found]
    if isinstance(found, str):
        line = " ".join(found.split())
        return line.replace("|", "\\|").replace("@", "@\u200b").replace("<", "&lt;")
    return found


def _ask(content: Content) -> Iterator[str]:
    ask = content.get("ask")
    if ask:
        yield "## The ask"
        yield (
            f"{ask['team']} asks for a fix in {ask['sprint']} and stakes {ask['points']} of 100"
            f" points. {ask['rationale']}"
        )


def _reach(content: Content) -> Iterator[str]:
    rows = [
        "| In the last | Tickets | People | Organisations |",
        "| --- | ---: | ---: | ---: |",
    ]
    for label, key in WINDOWS:
        one = content["reach"][key]
        rows.append(f"| {label} | {one['tickets']} | {one['people']} | {one['organisations']} |")
    yield "\n".join(rows)
    change = content["slope"]["change_percent"]
    against = "" if change is None else f"; {change:+} % against the four weeks before"
    weekly = ", ".join(map(str, content["weekly"]))
    yield f"Tickets a week, oldest first: {weekly}{against}."


def _costs(content: Content) -> Iterator[str]:
    effort, levels = content["effort"], content["service_levels"]
    if effort["minutes"] is None:
        yield "Agent time: not known"
    else:
        how = (
            f"estimated for {effort['estimated_tickets']} of the tickets"
            if effort["estimated"]
            else "measured"
        )
        hours = effort["hours_per_week"]
        yield f"Agent time: {effort['minutes']} min in all, {hours} h a week ({how})"
    yield f"Targets missed: {levels['breached']} of {levels['of']} tickets"
    yield f"Reopened: {content['reopened']['tickets']} of {content['reopened']['of']} resolved"
    rated = content["satisfaction"]
    if rated["mean"] is not None:
        yield f"Satisfaction: {rated['mean']} of 5, n={rated['n']}"
    yield f"Met it again: {content['repeats']['people']} of {content['repeats']['of']} people"


def _known(content: Content) -> Iterator[str]:
    problem, cluster = content["problem"], content["cluster"]
    place = f", {problem['service']} / {problem['component']}" if problem["component"] else ""
    yield f"Problem: {problem['state']}{place}"
    if problem["root_cause"]:
        yield f"Root cause: {problem['root_cause']}"
    if cluster:
        yield f"Cluster: {cluster['title']} ({cluster['state']}, cohesion {cluster['cohesion']})"
    for one in content["first_seen_after"]:
        yield f"First seen after: {one['reference']} {one['title']} (score {one['score']})"
    helped = content["workaround"]
    if helped["text"]:
        yield f"Workaround: {helped['text']} (used {helped['used']} times, held {helped['held']})"
    else:
        yield "Workaround: none known"
    for one in content["articles"]:
        yield f"Article used: {one['reference']} {one['title']} ({one['times']} times)"
    if content["score"]:
        yield f"Score: {content['score']['value']} of 100, {content['score']['in_words']}"


def _excerpts(content: Content) -> Iterator[str]:
    for one in content["excerpts"]:
        yield f"> {one['text']} ({one['reference']})"
    missing = kept_back(content)
    if missing:
        yield f"Kept back: {missing}. Who may see those tickets reads them in the pack."
    yield "Names, addresses, numbers and secrets are taken out."


def _sureness(content: Content) -> Iterator[str]:
    for one in content["confidence"]["for"]:
        yield f"For: {one}"
    for one in content["confidence"]["against"]:
        yield f"Against: {one}"
    for one in content["falsified_by"]:
        yield f"Would prove it wrong: {one}"
