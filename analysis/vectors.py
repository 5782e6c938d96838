"""Texts to vectors: one protocol, one default that needs neither network nor a graphics card."""

import importlib
import logging
import os
import threading
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]
FloatVector = NDArray[np.float32]

# A mean over tickets counts fully only when they are many more than this: what few have in common
# is their cause, not their desk.
MEAN_PRIOR = 40

_LOG = logging.getLogger(__name__)
_MAX_CHARACTERS = 4_000
_BATCH = 64


class Embedder(Protocol):
    """Turns texts into unit rows. Name and version are stored beside every vector: vectors of
    different ones must never be compared."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one float32 row of length one per text; a row of zeros for an empty text."""
        ...


class _Model(Protocol):
    def embed(self, texts: list[str], *, norm: bool, batch_size: int) -> FloatMatrix: ...


class _ModelClass(Protocol):
    def load(self, *, cache_dir: Path, disable_download: bool) -> _Model: ...


def unit_rows(matrix: NDArray[np.floating]) -> FloatMatrix:
    """Return the rows scaled to length one; rows of zeros stay zero."""
    rows = np.asarray(matrix, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: FloatMatrix = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-12)
    return scaled


def _import_quietly(name: str) -> object:
    # The package configures the root logger when imported; the application's own set-up wins.
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    module = importlib.import_module(name)
    root.handlers[:] = handlers
    root.setLevel(level)
    return module


class WordLlamaEmbedder:
    """Static word-piece vectors whose weights come inside the installed package.

    The model is loaded at the first text, once per process, and never downloads anything.
    """

    name = "wordllama-l2-supercat"
    dimensions = 256

    def __init__(self) -> None:
        self.version = installed_version("wordllama")
        self._model: _Model | None = None
        self._lock = threading.Lock()

    def _loaded(self) -> _Model:
        with self._lock:
            if self._model is None:
                spec = find_spec("wordllama")
                if spec is None or spec.origin is None:
                    raise ModuleNotFoundError("The package wordllama is not installed.")
                module = _import_quietly("wordllama")
                model_class = cast("_ModelClass", vars(module)["WordLlama"])
                folder = Path(spec.origin).parent
                self._model = model_class.load(cache_dir=folder, disable_download=True)
            return self._model

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit row per text, longest texts cut at 4,000 characters."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Short texts with short: every batch is padded to its longest member.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        order = [at for at in order if texts[at].strip()]
        if not order:
            return rows
        model = self._loaded()
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            batch = [texts[at][:_MAX_CHARACTERS] for at in chosen]
            rows[chosen] = model.embed(batch, norm=False, batch_size=_BATCH)
        return unit_rows(rows)


class ModelMissingError(Exception):
    """The model that was asked for, or what it needs, is not on this machine."""


@cache
def default_embedder() -> Embedder:
    """Return the embedder of this process; building it is free, the first text loads it.

    It is the model in the folder that EMBEDDING_MODEL names, else the one inside the installed
    package, which also serves, with a warning, where that folder or its packages are missing.
    """
    folder = os.environ.get("EMBEDDING_MODEL", "")
    if folder:
        neural = importlib.import_module("analysis.neural")
        try:
            return cast("Embedder", neural.NeuralEmbedder(Path(folder)))
        except ModelMissingError as missing:
            _LOG.warning("%s The built-in model serves instead.", missing)
    return WordLlamaEmbedder()
