"""GitHub and GitHub Enterprise: issues, milestones, releases and deployments of one repository.

Asked directly: the client libraries for it neither bound an answer nor choose its address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import takewhile

from devlink.connectors.base import (
    Access,
    ConnectorError,
    DeploymentStatus,
    ItemState,
    NewItem,
    Notice,
    RemoteDeployment,
    RemoteItem,
    RemoteRelease,
    RemoteSprint,
)
from devlink.connectors.http import Answer, Client, Query, Refusal, host_of
from devlink.connectors.paging import (
    Changed,
    Fetch,
    every,
    numbered,
    oldest_change_first,
    permitted,
)
from devlink.connectors.reading import day, dig, instant, is_number, keyed, number, rows, text
from devlink.connectors.signatures import is_signed, known_id
from devlink.connectors.words import (
    closed_state,
    cut,
    kind_of,
    milestone_states,
    open_state,
    without_calls,
)

_REPOSITORY = re.compile(r"(?!\.+/)[A-Za-z0-9_.-]+/(?!\.+$)[A-Za-z0-9_.-]+")
_MOST_TITLE, _MOST_BODY = 256, 65_536
# A status may come this long after its deployment and still be found by the time of the status.
_LONGEST_DEPLOYMENT = timedelta(days=2)
_STATUSES = {
    "success": DeploymentStatus.SUCCEEDED,
    "failure": DeploymentStatus.FAILED,
    "error": DeploymentStatus.FAILED,
}
_KNOWN = {"ping", "issues", "milestone", "release", "deployment", "deployment_status"}

Row = Mapping[str, object]


class GitHub:
    """One repository; `key` is the number of an issue or milestone, the id of anything else."""

    kind = "github"

    def __init__(self, access: Access, *, allow_private: bool = False) -> None:
        self._repository = access.project.strip().strip("/")
        self._path = f"/repos/{self._repository}"
        self._client = Client(
            _api_address(access.base_url),
            project=f"repository {self._repository}",
            headers={
                "Authorization": f"Bearer {access.token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            token=access.token,
            allow_private=allow_private,
        )

    def check(self) -> Sequence[str]:
        repository = self._get("").json()
        missing = []
        if dig(repository, "has_issues") is False:
            missing.append(f"Issues are switched off in {self._repository}.")
        rights = dig(repository, "permissions")
        if isinstance(rights, Mapping) and not any(
            rights.get(name) for name in ("triage", "push", "maintain", "admin")
        ):
            missing.append(
                "The token may read issues but not make them or set their labels: "
                "give it write access to issues."
            )
        for path, name in (
            ("/issues", "issues"),
            ("/milestones", "milestones"),
            ("/releases", "releases"),
            ("/deployments", "deployments"),
        ):
            try:
                self._get(path, {"per_page": 1})
            except Refusal:
                missing.append(f"The token may not read {name}: give it read access to them.")
        return missing

    def fetch_item(self, key: str) -> RemoteItem | None:
        row = self._find(f"/issues/{key}", key)
        # An issue moved to another repository answers from there, under a number of its own.
        if row is None or number(row, "number") != key or "pull_request" in row:
            return None
        return _item(row)

    def list_items(self, since: datetime | None = None) -> Iterator[RemoteItem]:
        def fetch_since(since: datetime | None) -> Fetch[Changed[RemoteItem]]:
            query = {"state": "all", "sort": "updated", "direction": "asc"}
            if since is not None:
                query["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

            def fetch_page(page: int, size: int) -> tuple[Sequence[Changed[RemoteItem]], bool]:
                found, more = self._page("/issues", page, size, query)
                return [_changed(row) for row in found], more

            return numbered(fetch_page)

        return oldest_change_first(fetch_since, since)

    def list_sprints(self) -> Iterator[RemoteSprint]:
        found = list(self._every("/milestones", {"state": "all", "sort": "due_on"}))
        states = milestone_states(
            [(text(row, "state") == "closed", None, day(row, "due_on")) for row in found],
            datetime.now(UTC).date(),
        )
        for row, state in zip(found, states, strict=True):
            yield RemoteSprint(
                key=number(row, "number"),
                name=text(row, "title"),
                state=state,
                ends_on=day(row, "due_on"),
            )

    def list_releases(self) -> Iterator[RemoteRelease]:
        for row in permitted(self._every("/releases", {})):
            if dig(row, "draft") is not True:
                yield RemoteRelease(
                    key=number(row, "id"),
                    version=text(row, "tag_name"),
                    name=text(row, "name"),
                    notes=text(row, "body"),
                    url=text(row, "html_url"),
                    released_at=instant(row, "published_at"),
                )

    def list_deployments(self, since: datetime | None = None) -> Iterator[RemoteDeployment]:
        # Newest first is the only order there is, and only the statuses say what happened since.
        began = since - _LONGEST_DEPLOYMENT if since is not None else None

        def is_wanted(row: Row) -> bool:
            at = instant(row, "created_at")
            return began is None or at is None or at >= began

        newest_first = permitted(self._every("/deployments", {}))
        for row in reversed(list(takewhile(is_wanted, newest_first))):
            found = self._deployment(row)
            if found is not None and (since is None or found.at >= since):
                yield found

    def fetch_deployment(self, key: str) -> RemoteDeployment | None:
        row = self._find(f"/deployments/{key}", key)
        return self._deployment(row) if row is not None and number(row, "id") == key else None

    def create_item(self, new: NewItem) -> RemoteItem:
        existing = self._marked_item(new.marker)
        if existing is not None:
            return existing
        answer = self._client.send(
            "POST",
            f"{self._checked_path()}/issues",
            {
                "title": cut(new.title, _MOST_TITLE),
                "body": _marked(new.body, new.marker),
                "labels": list(dict.fromkeys([*new.labels, new.kind.value])),
            },
        )
        made = _item(_row(answer.json()))
        if not made.key:
            raise ConnectorError("The answer about the new issue makes no sense.", permanent=False)
        return made

    def put_comment(self, key: str, body: str, marker: str) -> str:
        if self.fetch_item(key) is None:
            raise ConnectorError(
                f"Issue {key} is no longer in {self._repository}.", permanent=False
            )
        content = {"body": _marked(body, marker)}
        for row in self._every(f"/issues/{key}/comments", {}):
            if _sign(marker) in text(row, "body"):
                path = f"{self._path}/issues/comments/{number(row, 'id')}"
                return text(self._client.send("PATCH", path, content).json(), "html_url")
        path = f"{self._path}/issues/{key}/comments"
        return text(self._client.send("POST", path, content).json(), "html_url")

    @staticmethod
    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        return known_id(headers.get("x-github-delivery", ""), body)

    @staticmethod
    def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        return is_signed(secret, headers.get("x-hub-signature-256", ""), body)

    @staticmethod
    def read_webhook(headers: Mapping[str, str], payload: Mapping[str, object]) -> Notice:
        event = text(headers.get("x-github-event", ""))

        def named(*path: str) -> Sequence[str]:
            found = number(payload, *path)
            return (found,) if found else ()

        return Notice(
            event=event,
            known=event in _KNOWN,
            items=named("issue", "number") if event == "issues" else (),
            sprints=named("milestone", "number") if event == "milestone" else (),
            releases=named("release", "id") if event == "release" else (),
            deployments=named("deployment", "id")
            if event in {"deployment", "deployment_status"}
            else (),
        )

    def _checked_path(self) -> str:
        if _REPOSITORY.fullmatch(self._repository) is None:
            raise ConnectorError(
                "The project must be the repository's owner and name, such as acme/shop.",
                permanent=True,
            )
        return self._path

    def _get(self, path: str, query: Query | None = None) -> Answer:
        return self._client.get(self._checked_path() + path, query)

    def _find(self, path: str, key: str) -> Row | None:
        """What stands there; None when it is gone, an error when the whole repository is."""
        if not is_number(key):
            return None
        answer = self._client.find(self._checked_path() + path)
        if answer is None:
            self._get("")
            return None
        return _row(answer.json())

    def _page(self, path: str, page: int, size: int, query: Query) -> tuple[Sequence[Row], bool]:
        answer = self._get(path, {**query, "page": page, "per_page": size})
        return keyed(rows(answer.json()), "id"), 'rel="next"' in answer.headers.get("link", "")

    def _every(self, path: str, query: Query) -> Iterator[Row]:
        return every(numbered(lambda page, size: self._page(path, page, size, query)))

    def _deployment(self, row: Row) -> RemoteDeployment | None:
        key, at = number(row, "id"), instant(row, "created_at")
        status, url = DeploymentStatus.STARTED, ""
        found = self._get(f"/deployments/{key}/statuses", {"per_page": 10}).json()
        for entry in rows(found):
            # A later deployment makes this one inactive, which takes nothing from how it went.
            if text(entry, "state") != "inactive":
                status = _STATUSES.get(text(entry, "state"), DeploymentStatus.STARTED)
                at = instant(entry, "created_at") or at
                links = (text(entry, name) for name in ("environment_url", "log_url"))
                url = next(filter(None, links), "")
                break
        if at is None:
            return None
        return RemoteDeployment(
            key=key,
            ref=text(row, "ref"),
            environment=text(row, "environment"),
            status=status,
            at=at,
            url=url,
        )

    def _marked_item(self, marker: str) -> RemoteItem | None:
        """The issue with this marker among those this account made.

        They are read one by one, because the search passes over what readers do not see, and
        knows of a new issue only after a while.
        """
        query = {"state": "all", "sort": "created", "direction": "desc"}
        account = self._client.find("/user", absent=(HTTPStatus.FORBIDDEN,))
        login = text(account.json(), "login") if account is not None else ""
        if login:
            query["creator"] = login
        for row in self._every("/issues", query):
            if _sign(marker) in text(row, "body") and "pull_request" not in row:
                return _item(row)
        return None


def _api_address(base_url: str) -> str:
    """Where the API of the entered site answers: its own host for github.com, a path elsewhere."""
    base = base_url.strip().rstrip("/") or "https://github.com"
    host = host_of(base)
    if host in {"github.com", "www.github.com", "api.github.com"}:
        return "https://api.github.com"
    # Sites with data residency have an API host of their own.
    if host.endswith(".ghe.com"):
        return base if host.startswith("api.") else f"https://api.{host}"
    return base if base.endswith("/api/v3") else f"{base}/api/v3"


def _sign(marker: str) -> str:
    return f"<!-- {marker} -->"


def _marked(body: str, marker: str) -> str:
    sign = f"\n\n{_sign(marker)}"
    return cut(without_calls(body), _MOST_BODY - len(sign)) + sign


def _row(found: object) -> Row:
    return found if isinstance(found, Mapping) else {}


def _labels(row: Row) -> Sequence[str]:
    named = [text(label, "name") for label in rows(row, "labels")]
    found = dig(row, "labels")
    plain = (
        [text(label) for label in found if isinstance(label, str)]
        if isinstance(found, list)
        else []
    )
    return [*named, *plain]


def _changed(row: Row) -> Changed[RemoteItem]:
    item = None if "pull_request" in row else _item(row)
    return Changed(number(row, "number"), instant(row, "updated_at"), item)


def _state(row: Row, labels: Sequence[str]) -> ItemState:
    if text(row, "state") != "closed":
        return open_state(labels)
    reason = text(row, "state_reason")
    # GitHub's own word decides where it was given; “completed” is also what it says by default.
    return closed_state([reason] if reason in {"not_planned", "duplicate"} else labels)


def _item(row: Row) -> RemoteItem:
    labels = _labels(row)
    return RemoteItem(
        key=number(row, "number"),
        title=text(row, "title"),
        url=text(row, "html_url"),
        kind=kind_of([text(row, "type", "name"), *labels]),
        state=_state(row, labels),
        body=text(row, "body"),
        assignee=text(row, "assignee", "login"),
        sprint=number(row, "milestone", "number"),
        labels=labels,
        created_at=instant(row, "created_at"),
        updated_at=instant(row, "updated_at"),
        finished_at=instant(row, "closed_at"),
    )
