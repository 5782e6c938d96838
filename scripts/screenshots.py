"""Takes the pictures of docs/screens: every page of the walk, two sizes, light and dark.

Usage: make screenshots, or, against a server that is running and shows the demo's logins,
    BASE_URL=http://localhost:8000 python scripts/screenshots.py [NAME …]
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
MOST_BYTES = 15 * 1024 * 1024
COLOURS = 256
READY_SECONDS = 60
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--font-render-hinting=none",
]


@dataclass(frozen=True)
class Shot:
    """One page: who looks, where they start, and which links they follow from there.

    `follow` holds patterns of addresses; the first fitting link of the page is opened, one after
    the other. `choose` picks a tab of the three columns on a phone. `fill` types into fields.
    `only` names the one size worth a picture.
    """

    name: str
    role: str
    path: str
    follow: tuple[str, ...] = ()
    fill: tuple[tuple[str, str], ...] = ()
    choose: str = ""
    only: str = ""


TICKET = r"^/tickets/\d+/$"
WALK = (
    Shot("sign-in", "", "/login/"),
    Shot("desk", "agent", "/desk/"),
    Shot("queue", "agent", "/tickets/"),
    Shot(
        "log-a-ticket",
        "agent",
        "/tickets/new/",
        fill=(("title", "Card declined at checkout for EU customers since this morning"),),
    ),
    Shot("ticket", "agent", "/desk/", follow=(TICKET,)),
    Shot("ticket-context", "agent", "/desk/", follow=(TICKET,), choose="side", only="phone"),
    Shot("clusters", "problem manager", "/clusters/"),
    Shot("cluster", "problem manager", "/clusters/", follow=(r"^/clusters/\d+/$",)),
    Shot("problems", "problem manager", "/problems/"),
    Shot("problem", "problem manager", "/problems/", follow=(r"^/problems/\d+/$",)),
    Shot("developer-home", "developer", "/"),
    Shot("sprints", "developer", "/sprints/"),
    Shot("sprint", "developer", "/sprints/", follow=(r"^/sprints/\d+/$",)),
    Shot(
        "evidence-pack",
        "developer",
        "/sprints/",
        follow=(r"^/sprints/\d+/$", r"^/packs/\d+/$"),
    ),
    Shot("releases", "developer", "/releases/"),
    Shot("release", "developer", "/releases/", follow=(r"^/releases/\d+/$",)),
    Shot("changes", "problem manager", "/changes/"),
    Shot("majors", "manager", "/majors/?show=all"),
    Shot("major", "manager", "/majors/?show=past", follow=(r"^/majors/\d+/$",)),
    Shot("status", "", "/status/"),
    Shot("knowledge", "agent", "/knowledge/"),
    Shot("article", "agent", "/knowledge/", follow=(r"^/knowledge/\d+/$",)),
    Shot("notifications", "agent", "/notifications/"),
    Shot("proactivity", "manager", "/proactivity/"),
    Shot("involvement", "manager", "/involvement/"),
    Shot("lead-times", "manager", "/involvement/lead-times/"),
    Shot("difference", "manager", "/involvement/difference/"),
    Shot("search", "agent", "/search/?q=card+declined"),
    Shot("portal", "requester", "/portal/"),
    Shot("import", "admin", "/admin/import/"),
    Shot("profile", "agent", "/profile/"),
)


class NotShownError(Exception):
    """A page of the walk could not be reached; the sentence says why."""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server: the one named by BASE_URL, or one of our own until the end."""
    if given := os.environ.get("BASE_URL"):
        yield given.rstrip("/")
        return
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "helpdesk.wsgi:application"),
        *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"),
        "--no-control-socket",
    ]
    environment = {**os.environ, "DEMO_LOGINS_SHOWN": "1", "LOG_LEVEL": "ERROR"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/login/", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_ready(address: str, server: "subprocess.Popen[bytes]") -> None:
    """Returns when the sign-in page answers; raises NotShownError when it never does."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise NotShownError("the server stopped while starting")
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 (our own server)
                return
        except OSError:
            time.sleep(0.3)
    raise NotShownError(f"no answer from {address} in {READY_SECONDS} s")


def sign_in(context: BrowserContext, base: str, role: str) -> None:
    """Signs in with the login the sign-in page offers for this role."""
    page = context.new_page()
    answer = page.goto(f"{base}/login/")
    if answer is None or not answer.ok:
        raise NotShownError("the sign-in page does not answer")
    hint = page.locator(f"button[data-email][aria-label='Sign in as {role.capitalize()}' i]")
    if not hint.count():
        raise NotShownError(f"the sign-in page offers no demo login for “{role}”")
    hint.click()
    page.wait_for_url(lambda url: "/login/" not in url)
    page.close()


def address_of(page: Page, pattern: str) -> str:
    """The first link of the page's content whose path fits."""
    links = page.locator("main a[href]").evaluate_all("all => all.map(one => one.pathname)")
    for link in links:
        if re.search(pattern, link):
            return str(link)
    raise NotShownError(f"{page.url} has no link like {pattern}")


def visit(page: Page, base: str, shot: Shot) -> None:
    """Opens the page of a shot and waits until it is quiet."""
    answer = page.goto(f"{base}{shot.path}")
    for pattern in shot.follow:
        answer = page.goto(f"{base}{address_of(page, pattern)}")
    if answer is None or answer.status >= 400:
        raise NotShownError(f"{page.url} answered {answer.status if answer else 'nothing'}")
    for name, words in shot.fill:
        page.locator(f"main [name='{name}']").first.press_sequentially(words, delay=5)
    tab = page.locator(f".workspace-tabs input[value='{shot.choose}']")
    if shot.choose and tab.is_visible():
        tab.check(force=True)
    # Pages that poll are never idle for good; half a second without a request is enough.
    page.wait_for_timeout(900 if shot.fill else 300)
    page.evaluate("document.fonts.ready")


def save(picture: bytes, path: Path) -> int:
    """Writes the picture with a palette: a third of the bytes, and no difference to see."""
    # Maximum coverage keeps the few red and amber points that a median cut would lose.
    small = (
        Image.open(BytesIO(picture))
        .convert("RGB")
        .quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    small.save(path, optimize=True)
    return path.stat().st_size


def contexts(browser: Browser) -> Iterator[tuple[str, BrowserContext]]:
    """A fresh browser window for every size and colour scheme, and its name."""
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                locale="en-GB",
            )
            # A picture of a ticket is `ticket-light.png`, on a phone `ticket-phone-light.png`.
            yield (scheme if size == "desktop" else f"{size}-{scheme}"), context
            context.close()


def by_role(shots: Sequence[Shot]) -> dict[str, list[Shot]]:
    """The shots of each role, so that each role signs in once a window."""
    roles: dict[str, list[Shot]] = {}
    for shot in shots:
        roles.setdefault(shot.role, []).append(shot)
    return roles


def take(browser: Browser, base: str, shots: Sequence[Shot]) -> tuple[list[int], list[str]]:
    """Takes every shot in every window; answers the sizes written and what could not be shown."""
    sizes: list[int] = []
    missing: list[str] = []
    for role, own in by_role(shots).items():
        for window, context in contexts(browser):
            if role:
                sign_in(context, base, role)
            page = context.new_page()
            for shot in own:
                if shot.only not in window:
                    continue
                try:
                    visit(page, base, shot)
                except NotShownError as error:
                    missing.append(f"{shot.name} ({window}): {error}")
                    continue
                sizes.append(save(page.screenshot(), FOLDER / f"{shot.name}-{window}.png"))
    return sizes, missing


def main(names: Sequence[str]) -> int:
    """Takes the pictures named, or all; says what is missing and fails then."""
    shots = [shot for shot in WALK if not names or any(name in shot.name for name in names)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with serving() as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM_PATH") or None, args=FLAGS
            )
            sizes, missing = take(browser, base, shots)
            browser.close()
    except NotShownError as error:
        print(f"no pictures: {error}", file=sys.stderr)
        return 1
    for line in missing:
        print(f"not shown: {line}", file=sys.stderr)
    total = sum(sizes)
    print(f"{len(sizes)} pictures, {total / 1e6:.1f} MB in {FOLDER}")
    if total > MOST_BYTES:
        print(f"more than {MOST_BYTES / 1e6:.0f} MB", file=sys.stderr)
    return 1 if missing or total > MOST_BYTES else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
