"""`run`: the whole product on one machine, from an empty directory to a page in the browser."""

import http.client
import subprocess
import time
from collections.abc import Callable, Mapping

from launcher import programs
from launcher.config import ROOT, Config, inherited_environment
from launcher.errors import LaunchError
from launcher.locks import FileLock
from launcher.preflight import check_data_dir, check_platform, check_port
from launcher.processes import last_lines, start_child, stop_children
from launcher.programs import Program
from launcher.servers import DATABASE, Servers, running_servers
from launcher.supervisor import Stopped, Supervisor, stopping_on_signals

READY_SECONDS = 90.0
CHECK_SERVERS_EVERY = 2.0
EMPTY_QUERY = "SELECT NOT EXISTS (SELECT 1 FROM accounts_person)"


def say(line: str) -> None:
    """Tell the person who started us."""
    print(line, flush=True)


def run(config: Config) -> int:
    """Start everything, print one line when it is ready, and stay until asked to stop."""
    check_platform()
    check_data_dir(config.data_dir)
    lock = FileLock(config.data_dir / "run.lock")
    if not lock.acquire(wait=False):
        raise LaunchError(f"Upstream already runs on {config.data_dir}; stop it first.")
    check_port(config.host, config.port)
    try:
        with stopping_on_signals(), running_servers(config) as servers:
            _serve(config, servers)
    except Stopped as stopped:
        say(f"Stopped ({stopped.sign.name}); the data stays in {config.data_dir}.")
    finally:
        lock.release()
    return 0


def _serve(config: Config, servers: Servers) -> None:
    # The page offers them only where the database holds the demo organisation.
    shown = {"DEMO_LOGINS_SHOWN": "1" if config.seed else "0"}
    environment = {**shown, **inherited_environment(), **servers.environment(config)}
    prepare(config, servers, environment)
    supervisor = Supervisor(config, environment, say)
    try:
        supervisor.start([programs.web(config)])
        # Asked for while the web server starts: each start of Django costs seconds.
        logins = _demo_logins(config, environment)
        _wait_until_ready(config, supervisor)
        # Not before: on a small machine they would only delay the first page.
        supervisor.start(programs.background(config))
        say(f"Upstream is ready: {config.address}" + (f"  ({logins})" if logins else ""))
        supervisor.watch(_server_watch(servers))
    finally:
        supervisor.stop()


def prepare(config: Config, servers: Servers, environment: Mapping[str, str]) -> None:
    """Migrate, and fill a database without people with the demo organisation."""
    run_step(config, programs.migrate(), environment)
    if servers.unprepared:
        servers.unprepared.unlink(missing_ok=True)
    if config.seed and _without_people(servers, environment):
        say("Making the demo organisation; this happens only once.")
        run_step(config, programs.seed(), environment)


def run_step(config: Config, program: Program, environment: Mapping[str, str]) -> None:
    """Run one program to its end with its own log; its failure is a sentence with the log's end."""
    log = config.logs / f"{program.name}.log"
    child = start_child(program.command, log=log, env=environment, cwd=config.root)
    try:
        code = child.wait()
    finally:
        stop_children([child], patience=5)
    if code:
        raise LaunchError(f"{program.name} failed; {log} ends with:\n{last_lines(log)}")


def _without_people(servers: Servers, environment: Mapping[str, str]) -> bool:
    """Whether nobody has an account yet: only then may a demo be put into the database."""
    if servers.cluster:
        return servers.cluster.query(EMPTY_QUERY, DATABASE) == "t"
    asked = subprocess.run(
        programs.ask_whether_empty(),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=dict(environment),
        timeout=60,
    )
    if asked.returncode:
        raise LaunchError(f"The database cannot be asked for its people:\n{asked.stderr.strip()}")
    return asked.stdout.strip().endswith("True")


def _wait_until_ready(config: Config, supervisor: Supervisor) -> None:
    """Wait for the first page; a web server that cannot start is one sentence, not a loop."""
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(config):
        if not supervisor.alive("web") or time.monotonic() > deadline:
            log = config.logs / "web.log"
            raise LaunchError(f"The web server did not start; {log} ends with:\n{last_lines(log)}")
        time.sleep(0.1)


def _answers(config: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  (compared, not bound)
    link = http.client.HTTPConnection(host, config.port, timeout=30)
    try:
        link.request("GET", "/", headers={"Host": f"localhost:{config.port}"})
        return link.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def _demo_logins(config: Config, environment: Mapping[str, str]) -> str:
    """The demo logins as one line; empty when this database does not hold the demo."""
    if not config.seed:
        return ""
    asked = subprocess.run(
        programs.demo_logins(),
        capture_output=True,
        text=True,
        check=False,
        cwd=config.root,
        env=dict(environment),
        timeout=60,
    )
    if asked.returncode:
        (config.logs / "demo-logins.log").write_text(asked.stderr)
        return ""
    return asked.stdout.strip()


def _server_watch(servers: Servers) -> Callable[[], None]:
    """A function that restarts an embedded server that has died, looking every few seconds."""
    next_look = time.monotonic()

    def look() -> None:
        nonlocal next_look
        if time.monotonic() < next_look:
            return
        next_look = time.monotonic() + CHECK_SERVERS_EVERY
        if not servers.healthy():
            say("A server has ended; starting it again.")
            try:
                servers.start()
            except LaunchError as error:
                say(str(error))

    return look
