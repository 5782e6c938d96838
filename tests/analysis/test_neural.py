"""The optional sentence transformer, with a tiny tokenizer and a session that stands for it."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from analysis import neural, vectors
from analysis.vectors import ModelMissingError, default_embedder

WORDS = ["[PAD]", "[UNK]", "printer", "jam", "vpn", "down"]
TABLE = np.random.default_rng(5).standard_normal((len(WORDS), 384)).astype(np.float32)


class Session:
    """Answers with the table's row of each token; padding gets a value that must not count."""

    def __init__(self, path, providers):
        self.batches = []

    def get_inputs(self):
        return [SimpleNamespace(name="input_ids"), SimpleNamespace(name="attention_mask")]

    def run(self, names, feed):
        assert set(feed) == {"input_ids", "attention_mask"}
        self.batches.append(feed["input_ids"].shape)
        return [np.where(feed["attention_mask"][:, :, None] > 0, TABLE[feed["input_ids"]], 99.0)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    tokenizer = {
        "version": "1.0",
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {
            "type": "WordLevel",
            "vocab": {word: at for at, word in enumerate(WORDS)},
            "unk_token": "[UNK]",
        },
        "added_tokens": [],
    }
    (tmp_path / neural.TOKENIZER_FILE).write_text(json.dumps(tokenizer))
    (tmp_path / neural.MODEL_FILE).write_bytes(b"weights")
    real = neural.importlib.import_module
    fake = SimpleNamespace(InferenceSession=Session)
    monkeypatch.setattr(neural, "find_spec", lambda name: object())
    monkeypatch.setattr(
        neural.importlib,
        "import_module",
        lambda name: fake if name == "onnxruntime" else real(name),
    )
    return tmp_path


@pytest.fixture
def fresh_default():
    default_embedder.cache_clear()
    yield
    default_embedder.cache_clear()


def test_rows_are_means_of_the_tokens_said_and_follow_the_order_of_the_texts(folder):
    rows = neural.NeuralEmbedder(folder).embed(["vpn down", "", "printer", "printer jam vpn"])
    assert rows.shape == (4, 384)
    assert rows.dtype == np.float32
    expected = TABLE[[4, 5]].mean(axis=0)
    assert np.allclose(rows[0], expected / np.linalg.norm(expected), atol=1e-5)
    assert np.allclose(rows[2], TABLE[2] / np.linalg.norm(TABLE[2]), atol=1e-5)
    assert not rows[1].any()


def test_a_text_has_the_same_vector_alone_and_among_longer_ones(folder):
    embedder = neural.NeuralEmbedder(folder)
    among = embedder.embed(["jam", "printer jam vpn down " * 100])
    assert np.allclose(embedder.embed(["jam"])[0], among[0], atol=1e-6)


def test_a_model_of_fewer_numbers_than_wanted_says_so(folder):
    embedder = neural.NeuralEmbedder(folder, dimensions=512)
    with pytest.raises(ValueError, match="gives 384 numbers for a text; 512 are wanted"):
        embedder.embed(["printer jam"])


def test_long_texts_are_cut(folder):
    embedder = neural.NeuralEmbedder(folder)
    embedder.embed(["printer jam " * 5_000])
    assert embedder._loaded()[1].batches == [(1, 128)]


def test_another_file_is_another_version(folder):
    first = neural.NeuralEmbedder(folder).version
    (folder / neural.MODEL_FILE).write_bytes(b"other weights")
    assert neural.NeuralEmbedder(folder).version != first


@pytest.mark.usefixtures("fresh_default")
def test_the_folder_in_the_settings_decides_which_model_serves(folder, monkeypatch):
    monkeypatch.setenv("EMBEDDING_MODEL", str(folder))
    assert default_embedder().name == "minilm-onnx"
    assert default_embedder().dimensions == 384


@pytest.mark.usefixtures("fresh_default")
def test_without_the_model_the_default_serves_and_says_so(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("EMBEDDING_MODEL", str(tmp_path / "nowhere"))
    assert isinstance(default_embedder(), vectors.WordLlamaEmbedder)
    assert "has no model.onnx" in caplog.text


def test_missing_packages_are_named(folder, monkeypatch):
    monkeypatch.setattr(neural, "find_spec", lambda name: None)
    with pytest.raises(ModelMissingError, match="onnxruntime and tokenizers"):
        neural.NeuralEmbedder(folder)
