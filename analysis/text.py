"""What a ticket says, without the noise around it.

`clean` is the text that is embedded, `tokens` the words that are compared, `text_hash` tells
whether two tickets say the same thing. Personal data is masked by `analysis.redaction`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from analysis.stopwords import STOP_WORDS

MAX_CHARACTERS = 20_000
"""Longer texts are cut before any pattern runs: a pasted log must not cost seconds."""

TITLE_WEIGHT = 3
BODY_CHARACTERS = 400

_QUOTE_INTRODUCTION = re.compile(
    r"^\s*(?:on\b.{5,120}\bwrote:|am\b.{5,120}\bschrieb.{0,60}:|le\b.{5,120}a écrit\s*:|"
    r"el\b.{5,120}escribió:|"
    r"-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine)"
    r".*|_{8,}|begin forwarded message:)\s*$",
    re.IGNORECASE,
)
_QUOTED_LINE = re.compile(r"^\s*>")
_MAIL_HEADER = re.compile(
    r"^\s*\**(?:received from|from|to|cc|bcc|sent|date|reply-to|subject|importance|priority|von|an|"
    r"gesendet|betreff|de|para|enviado|assunto|asunto|message-id|x-[\w-]+)\**\s*:\s*(.*)$",
    re.IGNORECASE,
)
_SUBJECT_HEADER = re.compile(r"^\s*\**(?:subject|betreff|assunto|asunto)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"^\s*(?:hi|hello|hey|dear|good\s+(?:morning|afternoon|evening|day)|greetings|hallo|"
    r"guten\s+(?:morgen|tag|abend)|sehr\s+geehrte\w*|liebe[rs]?|bonjour|hola|ol[aá]|bom\s+dia|"
    r"moin|servus)\b(?:[\s,]+(?:all|team|there|everyone|sir|madam|support|service\s*desk|"
    r"help\s*desk|it|zusammen|[\w.-]{2,20})){0,4}\s*[,.!:;~…-]*\s*$",
    re.IGNORECASE,
)
_LEADING_GREETING = re.compile(
    r"^\s*(?:hi|hello|hey|hallo|dear|good\s+(?:morning|afternoon|evening))"
    r"(?:\s+(?:all|team|there|everyone|support|it))?\s*[,.!:;~…-]+\s+",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^\s*(?:--\s*|(?:(?:with\s+)?(?:kind|best|warm(?:est)?|many)\s*(?:regards|wishes|thanks)?|"
    r"regards|rgds|br|thanks?(?:\s+(?:you|and|&|in\s+advance|so\s+much|a\s+lot|again|regards))*|"
    r"thx|sincerely(?:\s+yours)?|yours\s+(?:sincerely|faithfully|truly)|cheers|cordially|"
    r"mit\s+freundlichen\s+\w+.*|freundliche\s+\w+|viele\s+gr\w+|beste\s+gr\w+|mfg|vg|lg|"
    r"danke(?:\s+\w+){0,2}|cordialement|saludos|atenciosamente|obrigad[oa]))\s*[,.!;/…-]*\s*$",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^\s*(?:sent from my \w+|get outlook for \w+|von meinem \w+ gesendet).*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"\b(?:this (?:e-?mail|message|communication)(?: and any \w+)?.{0,60}"
    r"(?:confidential|privileged|intended (?:only )?for)|"
    r"if you (?:are not|have received) (?:the intended|this (?:e-?mail|message))|"
    r"select the following link to view the disclaimer|"
    r"please consider the environment before printing|diese e-?mail enthält vertrauliche)\b",
    re.IGNORECASE,
)

# Masked to a space: these differ between two reports of one cause.
_VOLATILE = re.compile(
    r"""
      \[?(?:cid:|mailto:)[^\s\]>]*\]?                                      # inline images
    | <?https?://[^\s>]+>?                                                 # links
    | \b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b                                     # mail addresses
    | \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b     # uuid
    | \b0x[0-9a-f]{5,}\b                                                   # memory addresses
    | \b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b                   # hashes
    | \b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[t\s]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?
      (?:z|[+-]\d{2}:?\d{2})?\b                                            # 2016-08-14 22:35:05
    | \b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b                                  # 08/14/2016
    | \b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\b\.?)?          # 10:35 pm
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b                                 # addresses
    | \b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b                                # hardware addresses
    | \b(?:inc|ticket|ticket_no|case|sr|req|ritm|chg|call|incident)[-_ #]*\d{5,}\b
    | (?<![\w.])[+(]?\d[\d\s().-]{7,}\d(?!\w)                              # telephone numbers
    | (?<![\w.-])\#?\d{5,}(?![\w.-])                                       # long plain numbers
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAY_BE_VOLATILE = re.compile(r"[\d@]|://|cid:|mailto:", re.IGNORECASE)
_FORM_FIELD = re.compile(r"^[ \t]*[-•*]?[ \t]*[\w][\w /()#.'-]{1,40}:[ \t_]*$")
_CONTACT_FIELD = re.compile(
    r"^[ \t]*[-•*]?[ \t]*(?:full |first |last |user ?|contact |caller |employee |customer )?"
    r"(?:name|e-?mail(?: address)?|tele?phone|phone|mobile|cell|fax|tel|number|id|no|language)"
    r"\.?(?: (?:number|no|id)\.?)?[ \t]*[:#=][ \t]*\S.{0,80}$",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"_{2,}|={4,}|-{4,}|\*{4,}|\.{4,}")
MIN_FORM_FIELDS = 2
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BLANK_LINES = re.compile(r"\n\s*\n+")
_WORD = re.compile(r"[^\W_][\w]*(?:[.'’/_:\\-]*[\w]+)*")
_NAME_PART = re.compile(r"\w+(?:-\w+)*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PARTS = re.compile(r"[\W_]+")


def mask_volatile(text: str, mask: str = " ") -> str:
    """Replace what differs between two reports of one cause: times, ids, hashes, addresses."""
    # Most titles have nothing of the kind, and looking for a digit is a hundred times cheaper.
    return _VOLATILE.sub(mask, text) if _MAY_BE_VOLATILE.search(text) else text


def _is_noise(line: str) -> bool:
    return bool(_QUOTED_LINE.match(line) or _GREETING.match(line) or _SENT_FROM.match(line))


def _kept_lines(text: str) -> Iterator[str]:
    said_something = False
    for line in text.splitlines():
        if _SIGN_OFF.match(line) or _DISCLAIMER.search(line):
            if said_something:
                return
            continue
        if _QUOTE_INTRODUCTION.match(line):
            if said_something:
                return
            continue
        header = _MAIL_HEADER.match(line)
        if _is_noise(line) or (header and not _SUBJECT_HEADER.match(line)):
            continue
        kept = _LEADING_GREETING.sub("", header.group(1) if header else line)
        said_something = said_something or bool(kept.strip())
        yield kept


def without_mail_noise(text: str) -> str:
    """Drop headers, greetings, quoted mail, signatures and disclaimers; keep the rest as written.

    A mail that is nothing but a quotation keeps the quotation: it is all there is to go by.
    """
    text = text[:MAX_CHARACTERS]
    kept = "\n".join(_kept_lines(text)).strip()
    return kept if kept else text.strip()


def _without_form(text: str) -> str:
    """Drop the empty fields and the contact details of a filled-in form."""
    lines = text.splitlines()
    fields = [bool(_FORM_FIELD.match(line) or _CONTACT_FIELD.match(line)) for line in lines]
    if sum(fields) < MIN_FORM_FIELDS:
        return text
    return "\n".join(line for line, field in zip(lines, fields, strict=True) if not field)


def without_names(text: str, names: Iterable[str]) -> str:
    """Replace the parts of people's names, those of four letters or more, by a space."""
    wanted = {part.casefold() for name in names for part in name.split() if len(part) > 3}
    lowered = text.casefold()
    if not any(part in lowered for part in wanted):
        return text
    return _NAME_PART.sub(
        lambda match: " " if match.group().casefold() in wanted else match.group(), text
    )


def clean(text: str, names: Iterable[str] = ()) -> str:
    """Return what a person or monitor meant to say; times, ids, addresses and `names` are gone.

    Error codes, exception names, job, host and product names stay: they are the best evidence.
    """
    told = _BLANKS.sub(" ", _without_form(without_mail_noise(text)))
    masked = mask_volatile(without_names(told, names))
    return _BLANK_LINES.sub("\n", _SPACES.sub(" ", masked)).strip()


def embedding_text(title: str, text: str, names: Iterable[str] = ()) -> str:
    """Return what to embed for a ticket: the title three times, then the start of the text.

    A vector is the mean of its words; without the weight a long log drowns the one line in which
    a person said what is wrong. `names` (the caller's, say) tell nothing about a cause.
    """
    said = " ".join(clean(title, names).split())
    body = clean(text, names)
    if said and body[: len(said)].casefold() == said.casefold():
        body = body[len(said) :].strip()
    return (f"{said}\n" * (TITLE_WEIGHT if body else 1) + body[:BODY_CHARACTERS]).strip()


def join_title(title: str, body: str) -> str:
    """Return title and body as one text, the title once even when the body repeats it."""
    title, body = title.strip(), body.strip()
    start = without_mail_noise(body)
    if title and start[: len(title)].casefold() == title.casefold():
        return start
    return f"{title}\n{start}".strip()


def tokens(text: str) -> list[str]:
    """Return the lower-case words of a text, without stop words; identifiers stay whole."""
    return [
        word
        for word in (match.group().casefold() for match in _WORD.finditer(text))
        if len(word) > 1 and word not in STOP_WORDS and not word.isdigit()
    ]


def word_parts(text: str) -> list[str]:
    """Return tokens and the parts of compound ones: `FileSystemError` also as file, system…"""
    found: list[str] = []
    for match in _WORD.finditer(text):
        word = match.group()
        lowered = word.casefold()
        if len(lowered) > 1 and lowered not in STOP_WORDS:
            found.append(lowered)
        parts = [part for part in _PARTS.split(_CAMEL.sub(" ", word)) if len(part) > 1]
        if len(parts) > 1:
            found.extend(part.casefold() for part in parts if part.casefold() not in STOP_WORDS)
    return found


def text_hash(text: str) -> str:
    """Return the same 64 letters for texts that say the same, whatever their case and noise."""
    words = " ".join(match.group().casefold() for match in _WORD.finditer(clean(text)))
    return hashlib.sha256(words.encode()).hexdigest()


def excerpt(text: str, length: int = 240) -> str:
    """Return the start of the cleaned text on one line, cut at a word with an ellipsis."""
    line = " ".join(without_mail_noise(text).split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(",;:.- ") + "…"
