"""Evidence packs: what support knew at a moment, frozen so that everybody reads the same."""

from devlink.evidence.differences import Difference, differ, differences
from devlink.evidence.freezing import AskWords, freeze
from devlink.evidence.sealing import canonical, digest

__all__ = ["AskWords", "Difference", "canonical", "differ", "differences", "digest", "freeze"]
