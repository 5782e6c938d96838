"""How fast an import goes and how long it will still take, in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`done` of `total` rows after `seconds` of work."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows a second; 0 before anything is known."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def left(self) -> str:
        """`about 14 s left`; empty while nothing is known or nothing is left."""
        if not self.rate or self.done >= self.total:
            return ""
        seconds = round((self.total - self.done) / self.rate)
        if seconds < 60:
            return f"about {max(seconds, 1)} s left"
        if seconds < 3600:
            return f"about {seconds // 60} min {seconds % 60} s left"
        return f"about {seconds // 3600} h {seconds % 3600 // 60} min left"

    @property
    def doing(self) -> str:
        """`3,400 of 5,950 rows · 812 a second`."""
        words = f"{self.done:,} of {self.total:,} rows"
        return f"{words} · {self.rate:,.0f} a second" if self.rate else words
