"""Evidence packs, as Markdown and as the figures their seal is made of."""

import re

from accounts.models import Person
from core.errors import DomainError
from core.references import parse_reference
from devlink.evidence import canonical, digest
from devlink.evidence.reading import kept_back, readable_content, readable_tickets
from devlink.evidence.wording import in_markdown
from devlink.mcp.arguments import PackQuery
from devlink.mcp.finding import missing
from devlink.mcp.texts import Json, address
from devlink.models import EvidencePack, WorkItem
from problems.models import Problem

_NUMBER = re.compile(r"(?:pack\s*)?#?(\d{1,12})", re.IGNORECASE)


def read_evidence_pack(person: Person, asked: PackQuery) -> Json:
    """One frozen pack: its text, its figures, its version and the seal both were made under.

    `figures` is the sealed content: the SHA-256 of its canonical JSON is `sha256`, unless excerpts
    of tickets the person may not see were kept back (`kept_back` says how many).
    """
    pack = _pack(person, asked.reference)
    content = readable_content(pack, readable_tickets(person, [pack]))
    item, newer = pack.work_item, getattr(pack, "superseded_by", None)
    return {
        "pack": pack.pk,
        "problem": pack.problem.reference,
        "work_item": None if item is None else item.key,
        "version": pack.version,
        "newer_pack": None if newer is None else newer.pk,
        "as_of": pack.as_of.isoformat(timespec="seconds"),
        "sha256": pack.sha256,
        "seal_intact": digest(canonical(pack.content)) == pack.sha256,
        "markdown": in_markdown(pack, content),
        "figures": content,
        "kept_back": kept_back(content),
        "url": address(pack.get_absolute_url()),
    }


def _pack(person: Person, reference: str) -> EvidencePack:
    related = ("problem", "work_item", "superseded_by")
    packs = EvidencePack.objects.visible_to(person).select_related(*related)
    found = parse_reference(reference)
    if found and found[0] == "PRB":
        problem = Problem.objects.visible_to(person).filter(pk=found[1]).first()
        if problem is None:
            raise missing(reference, field="reference")
        return _newest(packs.filter(problem=problem).order_by("-version").first(), reference)
    number = _NUMBER.fullmatch(reference)
    if number is not None:
        pack = packs.filter(pk=int(number[1])).first()
        if pack is None:
            raise missing(f"Evidence pack {number[1]}", field="reference")
        return pack
    item = WorkItem.objects.visible_to(person).filter(key__iexact=reference).first()
    if item is None:
        raise missing(f"“{reference}”", field="reference")
    return _newest(packs.filter(work_item=item).order_by("-version", "-pk").first(), item.key)


def _newest(pack: EvidencePack | None, name: str) -> EvidencePack:
    if pack is None:
        raise DomainError(f"{name} has no evidence pack yet.", field="reference")
    return pack
