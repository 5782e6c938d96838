"""The model's files are taken only when they are the pinned ones."""

import hashlib

import pytest

from scripts.fetch_model import FetchError, ModelFile, fetch, main


def pinned(content, name="model.onnx"):
    return ModelFile(name, hashlib.sha256(content).hexdigest(), "none==1", "none")


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"weights")
    return folder


def test_pinned_files_are_copied_and_left_alone_the_next_time(tmp_path, source, capsys):
    into = tmp_path / "into"
    fetch(into, source, [pinned(b"weights")])
    assert (into / "model.onnx").read_bytes() == b"weights"
    fetch(into, tmp_path / "nowhere", [pinned(b"weights")])
    assert "is there" in capsys.readouterr().out


def test_other_content_is_refused_and_nothing_is_left(tmp_path, source):
    into = tmp_path / "into"
    with pytest.raises(FetchError, match="not the pinned"):
        fetch(into, source, [pinned(b"other")])
    assert list(into.iterdir()) == []


def test_a_damaged_file_is_fetched_again(tmp_path, source):
    into = tmp_path / "into"
    into.mkdir()
    (into / "model.onnx").write_bytes(b"wei")
    fetch(into, source, [pinned(b"weights")])
    assert (into / "model.onnx").read_bytes() == b"weights"


def test_the_command_says_what_is_missing(tmp_path, source, capsys):
    (source / "model.onnx").unlink()
    assert main([str(tmp_path / "into"), "--from", str(source)]) == 1
    assert "has no model.onnx" in capsys.readouterr().err
