"""What goes into a clustering run and what comes out, as plain frozen records."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.keys import ExactKey
from analysis.representation import Blend
from analysis.vectors import FloatVector


@dataclass(frozen=True, slots=True)
class Document:
    """One ticket as the clustering sees it; `names` are people's, the caller's say, to ignore."""

    id: int
    title: str
    text: str = ""
    component: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Every number of a run, stored with it; the defaults serve all kinds of desk.

    Cuts are mean cosine similarities: members of one cause are on average at least `cause_cut`
    alike, those of one theme at least `theme_cut`. What is `cause_ceiling` alike is not told apart.
    """

    cause_cut: float = 0.46
    cause_ceiling: float = 0.72
    theme_cut: float = 0.30
    neighbours: int = 15
    probes: int = 32
    pull: float = 2.0
    company: int = 10
    pull_rounds: int = 2
    blend: Blend = field(default_factory=Blend)

    @classmethod
    def for_model(cls, model: str) -> "Settings":
        """Return the settings for vectors of this model: texts that have nothing in common are
        nearer to each other in the space of a sentence transformer, and those of one cause less
        scattered, so its cut is higher and its ceiling lower."""
        if not model.startswith("minilm"):
            return cls()
        return cls(cause_cut=0.48, cause_ceiling=0.57, theme_cut=0.34, pull=1.75)

    def __post_init__(self) -> None:
        if not 0 < self.theme_cut <= self.cause_cut <= self.cause_ceiling < 1:
            raise ValueError("Cuts must satisfy 0 < theme_cut ≤ cause_cut ≤ cause_ceiling < 1.")
        if self.neighbours < 1 or self.probes < 1:
            raise ValueError("Neighbours and probes must be at least 1.")


@dataclass(frozen=True, slots=True)
class Member:
    """One ticket of a cluster, why it is there and how sure that is (0 to 1)."""

    id: int
    similarity: float
    confidence: float
    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Return the strongest reason in words."""
        return self.reasons[0]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One candidate cause with two or more tickets, most typical first.

    `centroid` is the mean of the members' stored vectors; `cohesion` the mean similarity of all
    pairs of members; `medoids` up to five different tickets that show what it is about; `keys`
    the exact keys that two or more members share, without a family where less than half do.
    """

    label: int
    theme: int
    title: str
    terms: tuple[str, ...]
    members: tuple[Member, ...]
    medoids: tuple[int, ...]
    cohesion: float
    centroid: FloatVector = field(repr=False, compare=False)
    keys: tuple[ExactKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """A looser family of causes; `clusters` are labels, `size` counts tickets."""

    label: int
    title: str
    terms: tuple[str, ...]
    clusters: tuple[int, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Clustering:
    """The result of one run.

    `labels` and `theme_labels` follow `ids`; every ticket has a label, `clusters` lists only
    those with two or more tickets: the others wait for company.
    """

    ids: tuple[int, ...]
    labels: NDArray[np.int32] = field(repr=False, compare=False)
    theme_labels: NDArray[np.int32] = field(repr=False, compare=False)
    clusters: tuple[Cluster, ...]
    themes: tuple[Theme, ...]
    mean: FloatVector = field(repr=False, compare=False)
    settings: Settings
    refused_links: tuple[tuple[int, int], ...]
    algorithm: str

    @classmethod
    def empty(cls, settings: Settings) -> "Clustering":
        """Return the result for no tickets at all."""
        none = np.empty(0, dtype=np.int32)
        return cls((), none, none, (), (), np.empty(0, dtype=np.float32), settings, (), "")

    def members_by_label(self) -> dict[int, frozenset[int]]:
        """Return the tickets of each cluster, as `match_identities` wants them."""
        return {c.label: frozenset(m.id for m in c.members) for c in self.clusters}
