"""A second model for tests of what happens when the model changes."""

from collections.abc import Sequence

import numpy as np

from analysis.vectors import FloatMatrix, default_embedder, unit_rows


class Turned:
    """As good as the default one, with longer vectors, and not to be compared with it."""

    name, version, dimensions = "turned", "1", 384

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return the default's vectors backwards, a third of them repeated."""
        rows = default_embedder().embed(texts)[:, ::-1]
        return unit_rows(np.hstack([rows, rows[:, :128]]))
