"""Serves an explicit list of files installed by npm as static files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

FILES: dict[str, str] = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/chart.umd.js": "chart.js/dist/chart.umd.js",
    "vendor/chart.umd.js.map": "chart.js/dist/chart.umd.js.map",
    "vendor/inter.css": "@fontsource-variable/inter/index.css",
}
FONT_FOLDER = "@fontsource-variable/inter/files"


class NodeModulesFinder(BaseFinder):
    """Finds the listed files of `node_modules` and nothing else there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.root = Path(settings.BASE_DIR) / "node_modules"
        self.storage = FileSystemStorage(location=self.root)
        self.files = dict(FILES)
        fonts = self.root / FONT_FOLDER
        for font in sorted(fonts.glob("*wght-normal.woff2")) if fonts.is_dir() else ():
            self.files[f"vendor/files/{font.name}"] = f"{FONT_FOLDER}/{font.name}"

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        source = self.files.get(path)
        found = None if source is None else self.root / source
        if found is None or not found.is_file():
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for path, source in self.files.items():
            if (self.root / source).is_file():
                yield path, _Renamed(self.root, path, source)


class _Renamed(FileSystemStorage):
    """One installed file under the name it is served by."""

    def __init__(self, root: Path, served: str, source: str) -> None:
        super().__init__(location=root)
        self.served = served
        self.source = source

    def path(self, name: str) -> str:
        return super().path(self.source if name == self.served else name)
