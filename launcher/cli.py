"""The launcher's command line."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from launcher.browsing import ensure_browser
from launcher.config import read_config
from launcher.debian import ensure_packages
from launcher.errors import LaunchError
from launcher.executing import execute
from launcher.installing import install
from launcher.processes import follow_parent
from launcher.running import run
from launcher.servers import keep


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m launcher",
        description="Starts Upstream with embedded PostgreSQL and Valkey. "
        "PORT, DATA_DIR, DATABASE_URL and REDIS_URL are read from the environment.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="start everything and stay until stopped")
    running.add_argument(
        "--follow-parent", action="store_true", help="also stop when the calling process dies"
    )
    executing = commands.add_parser("exec", help="run one command with the servers up")
    executing.add_argument(
        "--test", action="store_true", help="use the throw-away servers made for tests"
    )
    executing.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    installing = commands.add_parser("install", help="install packages and browser assets")
    installing.add_argument("--dev", action="store_true", help="also what tests and checks need")
    commands.add_parser("browser", help="find or install a Chromium for the tests; print its path")
    commands.add_parser("packages", help="install the system's servers for the packaging tests")
    keeping = commands.add_parser("keep", help="internal: stop servers whose users were killed")
    keeping.add_argument("--test", action="store_true")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; what a person can mend is one sentence, not a traceback."""
    chosen = _parser().parse_args(arguments)
    try:
        return _dispatch(chosen)
    except LaunchError as error:
        print(f"{error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _dispatch(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "run":
            if chosen.follow_parent:
                follow_parent(signal.SIGTERM)
            return run(read_config())
        case "install":
            install(read_config(), development=chosen.dev)
        case "browser":
            print(ensure_browser(read_config()))
        case "packages":
            ensure_packages(read_config())
        case "keep":
            os.umask(0o077)
            keep(read_config(testing=chosen.test))
        case _:
            return _execute(chosen)
    return 0


def _execute(chosen: argparse.Namespace) -> int:
    words = chosen.words[1:] if chosen.words[:1] == ["--"] else chosen.words
    if not words:
        raise LaunchError("exec needs a command, as in: exec -- python manage.py check")
    return execute(read_config(testing=chosen.test), words)
