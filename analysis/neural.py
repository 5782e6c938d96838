"""Vectors of a small sentence transformer from a folder on this machine (extra `neural`).

The folder holds `model.onnx` and `tokenizer.json` of a MiniLM-class model; `make fetch-model` puts
them there. Nothing is downloaded here, and both packages are loaded at the first text only.
"""

import hashlib
import importlib
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from analysis.vectors import FloatMatrix, ModelMissingError, unit_rows

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
DIMENSIONS = 384
"""All dimensions of a MiniLM; of a larger model the leading ones, which an index can hold."""
_MAX_TOKENS = 128
_MAX_CHARACTERS = 2_000
_BATCH = 32
_PACKAGES = ("onnxruntime", "tokenizers")


class _Encoding(Protocol):
    ids: list[int]
    attention_mask: list[int]


class _Tokenizer(Protocol):
    def enable_truncation(self, max_length: int) -> None: ...
    def enable_padding(self) -> None: ...
    def encode_batch(self, input: list[str]) -> list[_Encoding]: ...  # noqa: A002  its name


class _Input(Protocol):
    name: str


class _Session(Protocol):
    def get_inputs(self) -> list[_Input]: ...
    def run(
        self, output_names: None, input_feed: Mapping[str, NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]: ...


class NeuralEmbedder:
    """Mean of the token vectors of a sentence transformer, cut to `dimensions` and normalised.

    Raises ModelMissingError when the folder or a package is not there. The version names the very
    file, so that vectors of two models are never compared.
    """

    name = "minilm-onnx"

    def __init__(self, folder: Path, dimensions: int = DIMENSIONS) -> None:
        for file in (MODEL_FILE, TOKENIZER_FILE):
            if not (folder / file).is_file():
                raise ModelMissingError(f"The model folder {folder} has no {file}.")
        absent = [package for package in _PACKAGES if find_spec(package) is None]
        if absent:
            raise ModelMissingError(
                f"The model in {folder} needs the packages of the extra “neural”: "
                f"{' and '.join(absent)} cannot be found."
            )
        self.dimensions = dimensions
        with (folder / MODEL_FILE).open("rb") as weights:
            digest = hashlib.file_digest(weights, "sha256").hexdigest()
        self.version = f"{digest[:12]}-{dimensions}"
        self._folder = folder
        self._lock = threading.Lock()
        self._parts: tuple[_Tokenizer, _Session, frozenset[str]] | None = None

    def _loaded(self) -> tuple[_Tokenizer, _Session, frozenset[str]]:
        with self._lock:
            if self._parts is None:
                tokenizer = cast(
                    "_Tokenizer",
                    importlib.import_module("tokenizers").Tokenizer.from_file(
                        str(self._folder / TOKENIZER_FILE)
                    ),
                )
                tokenizer.enable_truncation(_MAX_TOKENS)
                tokenizer.enable_padding()
                session = cast(
                    "_Session",
                    importlib.import_module("onnxruntime").InferenceSession(
                        str(self._folder / MODEL_FILE), providers=["CPUExecutionProvider"]
                    ),
                )
                names = frozenset(one.name for one in session.get_inputs())
                self._parts = tokenizer, session, names
            return self._parts

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit row per text, longest texts cut at 128 word pieces."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Short texts with short: every batch is padded to its longest member.
        order = [at for at in range(len(texts)) if texts[at].strip()]
        order.sort(key=lambda at: len(texts[at]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            rows[chosen] = self._embed_batch([texts[at][:_MAX_CHARACTERS] for at in chosen])
        return unit_rows(rows)

    def _embed_batch(self, texts: list[str]) -> FloatMatrix:
        tokenizer, session, names = self._loaded()
        encoded = tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feed = {name: value for name, value in known.items() if name in names}
        tokens = session.run(None, feed)[0]
        said = mask[:, :, None].astype(np.float32)
        if tokens.shape[2] < self.dimensions:
            raise ValueError(
                f"The model in {self._folder} gives {tokens.shape[2]} numbers for a text;"
                f" {self.dimensions} are wanted of it."
            )
        mean = (tokens * said).sum(axis=1) / np.maximum(said.sum(axis=1), 1.0)
        return np.asarray(mean[:, : self.dimensions], dtype=np.float32)
