"""The web imports text and similarity at its start: they must stay light and alone."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded_by(module):
    code = f"import sys, {module}; print(*sorted(name.split('.')[0] for name in sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


@pytest.mark.parametrize(
    "module", ["analysis.text", "analysis.redaction", "analysis.keys", "analysis.lexical"]
)
def test_what_the_web_needs_loads_no_numbers_library(module):
    assert not loaded_by(module) & {"numpy", "scipy", "faiss", "wordllama"}


def test_comparing_loads_the_model_only_with_the_first_words():
    assert not loaded_by("analysis.similar") & {"scipy", "faiss", "wordllama"}


def test_clustering_loads_neither_the_index_nor_the_model_before_they_are_needed():
    assert not loaded_by("analysis.clusters") & {"faiss", "wordllama", "sklearn"}


def test_the_package_knows_nothing_of_the_application():
    loaded = loaded_by("analysis.clusters") | loaded_by("analysis.fixes")
    assert not loaded & {"django", "celery", "redis", "core", "incidents", "problems"}
