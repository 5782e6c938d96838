"""From what was typed to what PostgreSQL is asked: stems, prefixes, synonyms, people, numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from accounts.models import Organisation, Person
from core.questions import Asked, Term, parse
from core.references import parse_reference
from incidents.search_index import LANGUAGES, number_mark, organisation_mark, person_mark

# From so many letters a word also finds longer ones that begin with it.
SHORTEST_PREFIX = 3
SHORTEST_NAME = 2
# So many people or organisations stand in for the words of a question at most.
MOST_NAMED = 200
_NUMBER = re.compile(r"^#?(\d{1,12})$")
_LEXEME = re.compile(r"'((?:[^']|'')*)'")
TICKET_PREFIXES = frozenset({"INC", "REQ"})


class Compiled(SearchQuery):
    """A question as PostgreSQL wrote it down itself: read as it stands, parsed no more."""

    template = "%(expressions)s::tsquery"


@dataclass(frozen=True)
class Spelt:
    """One way to say a term: the words as typed or as their synonym, and their stems.

    `because` is empty for the words themselves, or says why they stand here.
    """

    text: str
    stems: tuple[str, ...]
    because: str = ""


@dataclass
class Wanted:
    """One clause: everything that meets it, ready to be asked for and to be explained."""

    clause: tuple[Term, ...]
    wide: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    spelt: list[Spelt] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    people: dict[int, str] = field(default_factory=dict)
    organisations: dict[int, str] = field(default_factory=dict)

    def add(self, text: str, compiled: CompiledTerm, because: str = "") -> None:
        """Adds a term or a synonym of one; words that say nothing ("the") are left out."""
        if compiled.wide:
            self.wide.append(compiled.wide)
            self.exact.append(compiled.exact or compiled.wide)
            stems = tuple(one.replace("''", "'") for one in _LEXEME.findall(compiled.exact))
            self.spelt.append(Spelt(text, stems, because))

    def add_synonyms(self, text: str, compiled: CompiledTerm) -> None:
        """Adds what means the same as a term."""
        for word, other in compiled.synonyms:
            self.add(word, CompiledTerm(other, other), f"a synonym of “{text}”")

    def mark(self, mark: str) -> None:
        """Adds a number, person or organisation."""
        self.wide.append(f"'{mark}'")
        self.exact.append(f"'{mark}'")


@dataclass(frozen=True)
class CompiledTerm:
    """A term in PostgreSQL's words: exactly, and with longer words that begin with it.

    `left_out` words are searched for when nothing else is. `synonyms` are words that mean the
    same, each with PostgreSQL's words for it.
    """

    exact: str
    wide: str
    left_out: bool = False
    synonyms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Question:
    """A compiled question; empty `wide` finds nothing."""

    asked: Asked
    wanted: Sequence[Wanted]
    wide: str
    exact: str
    away: Sequence[Sequence[str]] = ()

    @property
    def numbers(self) -> frozenset[int]:
        """Ticket numbers that were asked for."""
        return frozenset(number for one in self.wanted for number in one.numbers)

    @property
    def match(self) -> Compiled:
        """What a set of words must fit."""
        return Compiled(self.wide)

    @property
    def best(self) -> Compiled:
        """What makes a match a better one: the words themselves, not the beginnings of others."""
        return Compiled(self.exact)


def ask(text: str, person: Person, *, corrections: Mapping[str, str] | None = None) -> Question:
    """The question behind a text, for what this person may know of people and organisations.

    `corrections` names the words that stand in for misspelt ones.
    """
    return ask_all([text], person, corrections=corrections)[text]


def ask_all(
    texts: Iterable[str], person: Person, *, corrections: Mapping[str, str] | None = None
) -> dict[str, Question]:
    """`ask` for each of the texts, with the same few queries however many there are."""
    asked = {text: parse(text) for text in texts}
    terms = [
        term
        for one in asked.values()
        for term in (*one.terms, *one.excluded, *_neighbours(one).values())
    ]
    compiled = dict(zip(terms, _compile(terms), strict=True))
    drafts = {
        text: _draft(_without_stop_words(one, compiled), compiled, corrections or {})
        for text, one in asked.items()
    }
    _add_names(person, list(drafts.values()))
    return {text: draft.question() for text, draft in drafts.items()}


@dataclass(frozen=True)
class Draft:
    """A question before the people and organisations it may mean are known."""

    asked: Asked
    wanted: Sequence[Wanted]
    away: Sequence[Wanted]

    def question(self) -> Question:
        """The question as it stands."""
        told = [one for one in self.wanted if one.wide]
        excluded = [one.exact for one in self.away if one.exact]
        return Question(
            self.asked,
            wanted=told,
            wide=joined([one.wide for one in told], excluded),
            away=excluded,
            exact=" & ".join(f"({' | '.join(one.exact)})" for one in told),
        )


def _draft(
    asked: Asked, compiled: Mapping[Term, CompiledTerm], corrections: Mapping[str, str]
) -> Draft:
    wanted = [_wanted(clause, compiled, corrections) for clause in asked.clauses]
    away = [_wanted((term,), compiled, {}) for term in asked.excluded]
    for at, phrase in _neighbours(asked).items():
        # What means the same as two words together meets both of their clauses.
        for one in wanted[at : at + 2] if phrase in compiled else ():
            one.add_synonyms(phrase.text, compiled[phrase])
    return Draft(asked, wanted, away)


def _neighbours(asked: Asked) -> dict[int, Term]:
    """Two plain words beside each other as one phrase, by the place of the first."""
    plain = [
        clause[0].text if len(clause) == 1 and not clause[0].quoted else ""
        for clause in asked.clauses
    ]
    return {
        at: Term(f"{one} {two}", quoted=True)
        for at, (one, two) in enumerate(pairwise(plain))
        if one and two
    }


def alone(question: Question, wanted: Wanted) -> Question:
    """The question for one clause of it and nothing else."""
    return replace(question, wanted=[wanted], wide=joined([wanted.wide], []), exact="", away=())


def joined(clauses: Iterable[Sequence[str]], excluded: Iterable[Sequence[str]]) -> str:
    """Each clause met by one of its alternatives, and none of what is excluded."""
    parts = [f"({' | '.join(one)})" for one in clauses]
    if not parts:
        return ""
    return " & ".join([*parts, *(f"!({' | '.join(one)})" for one in excluded)])


def _literal(text: str) -> str:
    """The text as one word of PostgreSQL's query language, whatever it holds."""
    return "'" + text.replace("\\", " ").replace("'", "''") + "'"


# Each term as every language of the house reads it and with the words that begin with it, whether
# it is left out of searches (one that says nothing in one of the languages is), and the groups of
# synonyms it is in: their words and how each is read.
_COMPILE = f"""
WITH house AS (SELECT language FROM unnest({LANGUAGES}) AS language)
SELECT coalesce(term.exact, ''), term.prefix::text,
       NOT term.phrase AND (term.says_nothing OR EXISTS (
           SELECT FROM incidents_stopword WHERE word = lower(term.plain))),
       ARRAY(
           SELECT jsonb_build_array(other, (
               SELECT string_agg(DISTINCT read.query::text, ' | ')
               FROM house, phraseto_tsquery(language, other) AS read (query)
               WHERE numnode(read.query) > 0
           ))::text
           FROM incidents_synonymgroup alike, unnest(alike.words) AS other
           WHERE EXISTS (
               SELECT FROM unnest(alike.words) AS one, house
               WHERE phraseto_tsquery(language, one)::text = ANY(term.readings)
               AND cardinality(string_to_array(one, ' '))
                   = cardinality(string_to_array(term.plain, ' '))
           ) ORDER BY alike.id, other
       )
FROM (
    SELECT place, plain, phrase, exact, readings, says_nothing,
           CASE WHEN prefix THEN to_tsquery('simple', literal || ':*') ELSE '' END AS prefix
    FROM unnest(%s::text[], %s::text[], %s::boolean[], %s::boolean[])
         WITH ORDINALITY AS typed (plain, literal, phrase, prefix, place)
    CROSS JOIN LATERAL (
        SELECT string_agg(DISTINCT query::text, ' | ') FILTER (WHERE numnode(query) > 0),
               array_agg(query::text) FILTER (WHERE numnode(query) > 0),
               bool_or(numnode(query) = 0)
        FROM (
            SELECT CASE WHEN phrase THEN phraseto_tsquery(language, plain)
                        ELSE to_tsquery(language, literal) END AS query
            FROM house
        ) AS one
    ) AS read (exact, readings, says_nothing)
) AS term ORDER BY place
"""  # noqa: S608 (put together from constants)


def _compile(terms: Sequence[Term]) -> list[CompiledTerm]:
    """The terms in PostgreSQL's words, in one question to it."""
    if not terms:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _COMPILE,
            [
                [term.text for term in terms],
                [_literal(term.text) for term in terms],
                [term.quoted for term in terms],
                [_is_prefix(term) for term in terms],
            ],
        )
        rows = cursor.fetchall()
    found = []
    for exact, prefix, left_out, alike in rows:
        # A word that says nothing by itself ("the") is no beginning to look for either.
        either = [f"({one})" for one in (exact, prefix) if one] if exact else []
        synonyms = tuple(
            (word, compiled)
            for word, compiled in map(json.loads, alike if exact else [])
            if compiled != exact
        )
        found.append(CompiledTerm(exact, " | ".join(either), left_out, synonyms))
    return found


def _is_prefix(term: Term) -> bool:
    return not term.quoted and term.text[0].isalpha() and len(term.text) >= SHORTEST_PREFIX


def _without_stop_words(asked: Asked, compiled: Mapping[Term, CompiledTerm]) -> Asked:
    """The question without the desk's own stop words, unless nothing else is left of it."""
    kept = tuple(
        clause for clause in asked.clauses if not all(compiled[term].left_out for term in clause)
    )
    return replace(asked, clauses=kept) if kept else asked


def _wanted(
    clause: tuple[Term, ...],
    compiled: Mapping[Term, CompiledTerm],
    corrections: Mapping[str, str],
) -> Wanted:
    found = Wanted(clause)
    for term in clause:
        typed = corrections.get(term.text.casefold())
        because = f"a similar spelling of “{typed}”" if typed else ""
        found.add(term.text, compiled[term], because)
        found.add_synonyms(term.text, compiled[term])
        number = number_of(term.text)
        if number is not None:
            found.numbers.add(number)
            found.mark(number_mark(number))
            if term.text.strip("#").isdecimal():
                # As the number stands in a reference that somebody wrote down.
                found.mark(f"-{number}")
    return found


def number_of(text: str) -> int | None:
    """The ticket's number when the text is one, in any writing: INC-42, inc42, #42, 42."""
    plain = _NUMBER.match(text)
    if plain:
        return int(plain[1])
    found = parse_reference(text)
    return found[1] if found and found[0] in TICKET_PREFIXES else None


def name_pattern(text: str) -> str:
    """A regular expression (PostgreSQL's and, with \\b for \\m, Python's) for the beginning of a
    part of a name or an address.
    """
    words = r"\s+".join(re.escape(word) for word in text.split())
    return rf"\m{words}" if text[0].isalnum() else words


def _add_names(person: Person, drafts: Sequence[Draft]) -> None:
    """Adds the people and organisations called like a term, as far as the person may see them."""
    terms = {
        term.text.casefold(): _named(term)
        for draft in drafts
        for term in (*draft.asked.terms, *draft.asked.excluded)
        if len(term.text) >= SHORTEST_NAME and term.text[0].isalpha()
    }
    if not terms:
        return
    most = MOST_NAMED * len(drafts)
    people = _called(Person.objects.visible_to(person), ("name", "email"), terms, most)
    organisations = _called(Organisation.objects.visible_to(person), ("name",), terms, most)
    for draft in drafts:
        clauses = [*draft.asked.clauses, *((term,) for term in draft.asked.excluded)]
        for clause, one in zip(clauses, [*draft.wanted, *draft.away], strict=True):
            words = [term.text.casefold() for term in clause]
            patterns = [terms[word] for word in words if word in terms]
            one.people.update(_fitting(patterns, people))
            one.organisations.update(_fitting(patterns, organisations))
            for pk in one.people:
                one.mark(person_mark(pk))
            for pk in one.organisations:
                one.mark(organisation_mark(pk))


def _named(term: Term) -> str:
    """Short and quoted terms are whole parts of a name, longer ones its beginning."""
    whole = term.quoted or len(term.text) < SHORTEST_PREFIX
    return name_pattern(term.text) + (r"\M" if whole else "")


def _fitting(
    patterns: Iterable[str], called: Mapping[int, tuple[str, ...]]
) -> Iterable[tuple[int, str]]:
    """Number and name of everybody one of the patterns fits; with the address when only it does."""
    plain = [
        re.compile(one.replace(r"\m", r"\b").replace(r"\M", r"\b"), re.IGNORECASE)
        for one in patterns
    ]
    for pk, names in called.items():
        fits = next((name for name in names if any(one.search(name) for one in plain)), None)
        if fits is not None:
            yield pk, fits if fits == names[0] else f"{names[0]} <{fits}>"


def _called(
    rows: QuerySet[Any], columns: Sequence[str], terms: Mapping[str, str], most: int
) -> dict[int, tuple[str, ...]]:
    """Names of those called like any of the terms; who fits most of them comes first."""
    any_term, how_many = Q(), Value(0)
    for pattern in terms.values():
        fits = Q()
        for column in columns:
            fits |= Q(**{f"{column}__iregex": pattern})
        any_term |= fits
        how_many = how_many + Case(When(fits, then=1), default=0, output_field=IntegerField())  # type: ignore[assignment]  # a sum of expressions
    found = rows.filter(any_term).order_by(how_many.desc(), "pk") if terms else rows.none()
    return {pk: tuple(names) for pk, *names in found.values_list("pk", *columns)[:most]}
