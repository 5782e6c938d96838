"""Short questions grouped by the vectors of the optional sentence transformer.

Left out where the model is not there: `make fetch-model` and the extra `neural` bring it.
"""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.clusters import group_vectors
from analysis.neural import NeuralEmbedder
from analysis.records import Settings
from analysis.representation import represent
from analysis.scores import Agreement, agreement
from analysis.vectors import ModelMissingError
from benchmarks.analysis_data import DataMissingError, load_banking, load_clinc, load_clinc_test
from benchmarks.analysis_figures import Figure

FOLDER = Path(__file__).resolve().parents[1] / ".local" / "models" / "minilm"


def _embedder() -> NeuralEmbedder:
    try:
        return NeuralEmbedder(Path(os.environ.get("EMBEDDING_MODEL") or FOLDER))
    except ModelMissingError as missing:
        raise DataMissingError(str(missing)) from missing


def _grouped(
    embedder: NeuralEmbedder, texts: Sequence[str], labels: Sequence[str]
) -> tuple[Agreement, float]:
    """Return how well the texts are grouped, and the texts embedded in a CPU second."""
    began = time.process_time()
    vectors = embedder.embed(texts)
    speed = len(texts) / (time.process_time() - began)
    rows = represent(texts, vectors, [()] * len(texts))
    groups = group_vectors(rows, settings=Settings.for_model(embedder.name))
    return agreement(labels, groups.causes.tolist()), speed


def measure_neural() -> Iterator[Figure]:
    """The means with all of CLINC150 and with its test part; one setting for both."""
    embedder = _embedder()
    banking, speed = _grouped(embedder, *load_banking())
    yield Figure("Banking77 B³ F1", banking.f1)
    yield Figure("Banking77 ARI", banking.ari)
    yield Figure("texts embedded in a CPU s", speed, digits=0)
    for name, labelled in (("CLINC150", load_clinc()), ("CLINC150 test", load_clinc_test())):
        found, _ = _grouped(embedder, *labelled)
        yield Figure(f"{name} B³ F1", found.f1)
        yield Figure(f"{name} ARI", found.ari)
        yield Figure(f"mean B³ F1 with {name}", (banking.f1 + found.f1) / 2, 0.66)
        yield Figure(f"mean ARI with {name}", (banking.ari + found.ari) / 2, 0.58)
