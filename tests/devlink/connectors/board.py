"""What a fake tracker holds, whichever vendor's words it speaks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

TOKEN = "tok-3f9a-canary"
STEP = timedelta(minutes=10)


@dataclass
class Card:
    """A piece of work."""

    number: int
    title: str
    body: str
    kind: str
    at: datetime
    updated: datetime
    state: str = "to_do"
    labels: list[str] = field(default_factory=list)
    assignee: str = ""
    sprint: int | None = None
    versions: list[str] = field(default_factory=list)
    finished: datetime | None = None
    is_pull_request: bool = False
    is_ours: bool = False


@dataclass
class Comment:
    """A comment on a card, with the properties Jira keeps beside it."""

    number: int
    card: int
    body: object
    properties: list[object] = field(default_factory=list)


@dataclass
class Stretch:
    """A sprint, milestone or iteration."""

    number: int
    name: str
    state: str
    starts: date | None
    ends: date | None


@dataclass
class Version:
    """A release."""

    number: int
    version: str
    notes: str
    at: datetime | None


@dataclass
class Deployment:
    """A deployment, with the statuses it went through."""

    number: int
    ref: str
    environment: str
    at: datetime
    statuses: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def updated(self) -> datetime:
        """When its last status came, or itself."""
        return self.statuses[-1][1] if self.statuses else self.at


@dataclass
class Board:
    """Everything in one project; each change happens ten minutes after the one before."""

    project: str
    token: str = TOKEN
    now: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    )
    cards: dict[int, Card] = field(default_factory=dict)
    stretches: dict[int, Stretch] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(101))

    def tick(self) -> datetime:
        """The instant of the next change."""
        self.now += STEP
        return self.now

    def add_card(self, title: str, *, body: str = "", kind: str = "bug", **more: object) -> Card:
        """A new piece of work."""
        at = self.tick()
        card = Card(next(self.numbers), title, body, kind, at, at, **more)
        self.cards[card.number] = card
        return card

    def change(self, number: int, **values: object) -> None:
        """Changes a piece of work; moving it into done or cancelled finishes it."""
        card = self.cards[number]
        for name, value in values.items():
            setattr(card, name, value)
        card.updated = self.tick()
        card.finished = card.updated if card.state in {"done", "cancelled"} else None

    def oldest_change_first(self) -> list[Card]:
        """The cards as every vendor is asked to sort them."""
        return sorted(self.cards.values(), key=lambda card: (card.updated, card.number))

    def comments_of(self, number: int) -> list[Comment]:
        """Oldest first."""
        return [comment for comment in self.comments.values() if comment.card == number]

    def add_comment(self, card: int, body: object, properties: list[object] = ()) -> Comment:
        """Somebody says something."""
        comment = Comment(next(self.numbers), card, body, list(properties))
        self.comments[comment.number] = comment
        return comment
