"""The named things in a ticket: error codes, exceptions, jobs, hosts, systems."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.text import MAX_CHARACTERS, mask_volatile


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """One named thing; `kind` is code, exception, job, host or name, `value` is lower case."""

    kind: str
    value: str


_FAILS = (
    r"(?:failed|fails|failing|failure|abended|abends|aborted|errored|crashed|hangs?|stuck|"
    r"is\s+stuck|timed\s+out|did\s+not\s+(?:run|start|finish|complete)|was\s+cancell?ed|"
    r"has\s+failed|ended\s+(?:with|in)\s+errors?|(?:is|was)\s+running\s+(?:too\s+)?long(?:er)?)"
)
_JOB = re.compile(
    rf"\b(?:job|batch|task|workflow|pipeline|backup)\s+[\"'“]?"
    rf"(?P<before>[\w][\w.$#/-]*(?:\s+(?!in\b|at\b|on\b)[\w.$#/-]+){{0,3}}?)[\"'”]?\s+{_FAILS}\b"
    rf"|\b{_FAILS}\s+(?:batch\s+)?(?:job|task|workflow)s?\b[^:\n]{{0,40}}:\s*"
    rf"(?P<after>[\w][\w.$#/-]*)",
    re.IGNORECASE,
)
# Without the packages before it: to read them would take the square of the time on long chains.
_EXCEPTION = re.compile(r"\b([A-Z]\w*(?:Exception|Error|Fault|Failure|Warning))\b")
_CODE = re.compile(
    r"""
      \b0x[0-9a-fA-F]{4,8}\b                                   # 0x80070005
    | \b(?:ORA|SQL|ERR|MSG|TNS|PLS|SQLSTATE|HTTP|EVENT|STOP|KB|CVE|DSG|AADSTS|NU|CS|TS)
      [-_ ]?\d{2,6}(?:-\d{2,6})?\b                             # ORA-00600, CVE-2020-19444
    | \b[A-Z]{1,6}[-_]?\d{2,6}[A-Z]?\b                         # E1234, SID_34, MM-17
    """,
    re.VERBOSE,
)
_SPOKEN_CODE = re.compile(
    r"\b(?:error|errors|err|fehler|code|status|exit|return|rc)\b"
    r"(?:\s*(?:code|number|no\.?|nr\.?|is|=|#|:|message))*\s*[\"'(]?(-?\d{1,6}|[A-Z]{1,5}[-_]?\d{1,6})\b",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"(?<![\w@.\\/])(?:[a-z][a-z0-9]*[-_.])*[a-z]{2,}[a-z0-9_-]*\d{2,}[a-z0-9_-]*"
    r"(?:\.[a-z][a-z0-9-]*){0,4}(?![\w@])",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w.@\\/-])[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*_[a-z0-9_-]+(?![\w@])", re.I)
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_DIGIT = re.compile(r"\d")
_MAY_NAME_JOB = re.compile(r"\b(?:job|batch|task|workflow|pipeline|backup)", re.IGNORECASE)
_NOT_A_CODE = re.compile(r"^(?:utf|sha|md|mp|win|ie|o|h|q|w|v|p|a|s|version|iso)[-_]?\d+$", re.I)


def _jobs(text: str) -> set[str]:
    if not _MAY_NAME_JOB.search(text):
        return set()
    found = (match.group("before") or match.group("after") for match in _JOB.finditer(text))
    return {" ".join(name.casefold().split()).strip(".,;:'\"") for name in found}


def _codes(text: str) -> set[str]:
    spelled = {match.group() for match in _CODE.finditer(text)}
    spoken = {match.group(1) for match in _SPOKEN_CODE.finditer(text)}
    tidy = {re.sub(r"[\s_]", "-", code.casefold()) for code in spelled | spoken}
    return {code for code in tidy if not _NOT_A_CODE.match(code)}


def _hosts(text: str, stable: str) -> set[str]:
    named = {match.group().casefold().strip("-_.") for match in _HOST.finditer(stable)}
    return named | {match.group() for match in _ADDRESS.finditer(text)}


def entities(text: str) -> tuple[Entity, ...]:
    """Return the named things in a text, sorted and without repeats; empty when there are none."""
    text = text[:MAX_CHARACTERS]
    stable = mask_volatile(text)
    jobs = _jobs(stable)
    codes: set[str] = set()
    hosts: set[str] = set()
    # Codes and hosts have a digit, other names an underscore: most sentences have neither.
    if _DIGIT.search(text):
        codes = _codes(text)
        hosts = _hosts(text, stable)
        hosts = {host for host in hosts if host.replace("_", "-") not in codes and host not in jobs}
    named: set[str] = set()
    if "_" in stable:
        named = {match.group().casefold().strip("-_.") for match in _NAME.finditer(stable)}
    exceptions = {match.group(1).casefold() for match in _EXCEPTION.finditer(text)}
    return _tagged(
        ("code", codes),
        ("exception", exceptions),
        ("job", jobs),
        ("host", hosts),
        ("name", named - jobs - hosts),
    )


def _tagged(*groups: tuple[str, Iterable[str]]) -> tuple[Entity, ...]:
    return tuple(sorted(Entity(kind, value) for kind, values in groups for value in values))
