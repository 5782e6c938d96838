"""GitLab, hosted or in the house: issues, milestones, iterations, releases and deployments.

Asked directly: the client library for it neither bounds an answer nor chooses its address.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote

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
    SprintState,
)
from devlink.connectors.http import Answer, Client, Query, Refusal
from devlink.connectors.paging import (
    Changed,
    Fetch,
    every,
    numbered,
    oldest_change_first,
    permitted,
)
from devlink.connectors.reading import (
    day,
    dig,
    instant,
    is_number,
    keyed,
    number,
    rows,
    text,
    texts,
)
from devlink.connectors.signatures import (
    is_same,
    is_signed_standard,
    is_signing_key,
    known_id,
)
from devlink.connectors.words import (
    closed_state,
    cut,
    kind_of,
    milestone_states,
    open_state,
    without_calls,
)

_PROJECT = re.compile(r"(?:(?!\.+(?:/|$))[\w.-]+/)+(?!\.+$)[\w.-]+|\d+", re.ASCII)
_MOST_TITLE, _MOST_BODY = 255, 900_000
_REPORTER = 20
_STATUSES = {
    "success": DeploymentStatus.SUCCEEDED,
    "failed": DeploymentStatus.FAILED,
    "canceled": DeploymentStatus.FAILED,
}
_ITERATION_STATES = {"2": SprintState.ACTIVE, "3": SprintState.CLOSED}
_KNOWN = {"issue", "work_item", "milestone", "release", "deployment"}
_QUICK_ACTION = re.compile(r"(?m)^([ \t]*)/(?=[A-Za-z])")
# Iterations belong to the paid editions; elsewhere these are the answers.
_WITHOUT_ITERATIONS = (400, 403, 404)

Row = Mapping[str, object]
T = TypeVar("T")


class GitLab:
    """One project; items are known by their number in it, releases by their tag."""

    kind = "gitlab"

    def __init__(self, access: Access, *, allow_private: bool = False) -> None:
        self._project = access.project.strip().strip("/")
        self._path = f"/projects/{quote(self._project, safe='')}"
        base = access.base_url.strip().rstrip("/") or "https://gitlab.com"
        self._site = base.removesuffix("/api/v4")
        self._client = Client(
            f"{self._site}/api/v4",
            project=f"project {self._project}",
            headers={"Authorization": f"Bearer {access.token}"},
            token=access.token,
            allow_private=allow_private,
        )

    def check(self) -> Sequence[str]:
        project = self._get("").json()
        missing = []
        if "disabled" in {
            text(project, "issues_access_level"),
            "disabled" if dig(project, "issues_enabled") is False else "",
        }:
            missing.append(f"Issues are switched off in {self._project}.")
        levels = [
            number(project, "permissions", name, "access_level")
            for name in ("project_access", "group_access")
        ]
        if max((int(level or 0) for level in levels), default=0) < _REPORTER:
            missing.append(
                f"The token's role in {self._project} is too low to label issues: make it Reporter."
            )
        for path, name in (("/releases", "Releases"), ("/deployments", "Deployments")):
            try:
                self._get(path, {"per_page": 1})
            except Refusal:
                missing.append(
                    f"{name} cannot be read: they are switched off in {self._project}, "
                    "or the token's role is too low."
                )
        token = self._client.find("/personal_access_tokens/self", absent=(400, 401, 403))
        if token is not None and "api" not in texts(token.json(), "scopes"):
            missing.append("The token may only read: make one with the scope “api”.")
        return missing

    def fetch_item(self, key: str) -> RemoteItem | None:
        row = self._find(f"/issues/{key}", key)
        return _item(row) if row is not None and number(row, "iid") == key else None

    def list_items(self, since: datetime | None = None) -> Iterator[RemoteItem]:
        return self._by_change("/issues", {"scope": "all"}, since, _changed_item)

    def list_sprints(self) -> Iterator[RemoteSprint]:
        found = list(self._every("/milestones", {"include_ancestors": "true"}))
        spans = [
            (text(row, "state") == "closed", day(row, "start_date"), day(row, "due_date"))
            for row in found
        ]
        states = milestone_states(spans, datetime.now(UTC).date())
        for row, state, (_, start, end) in zip(found, states, spans, strict=True):
            yield RemoteSprint(
                f"milestone:{number(row, 'id')}", text(row, "title"), state, start, end
            )
        for row in self._iterations():
            start, end = day(row, "start_date"), day(row, "due_date")
            yield RemoteSprint(
                key=f"iteration:{number(row, 'id')}",
                # Those of a cadence have no title of their own.
                name=text(row, "title") or f"{start} – {end}",
                state=_ITERATION_STATES.get(number(row, "state"), SprintState.PLANNING),
                starts_on=start,
                ends_on=end,
            )

    def list_releases(self) -> Iterator[RemoteRelease]:
        for row in permitted(self._every("/releases", {})):
            coming = dig(row, "upcoming_release") is True
            yield RemoteRelease(
                key=text(row, "tag_name"),
                version=text(row, "tag_name"),
                name=text(row, "name"),
                notes=text(row, "description"),
                url=text(row, "_links", "self"),
                released_at=None if coming else instant(row, "released_at"),
            )

    def list_deployments(self, since: datetime | None = None) -> Iterator[RemoteDeployment]:
        return permitted(self._by_change("/deployments", {}, since, _changed_deployment))

    def fetch_deployment(self, key: str) -> RemoteDeployment | None:
        row = self._find(f"/deployments/{key}", key)
        if row is None or number(row, "id") != key:
            return None
        return _changed_deployment(row).value

    def create_item(self, new: NewItem) -> RemoteItem:
        # Read one by one, because the search passes over what readers do not see.
        query = {"scope": "created_by_me", "order_by": "created_at", "sort": "desc"}
        for row in self._every("/issues", query):
            if _sign(new.marker) in text(row, "description"):
                return _item(row)
        answer = self._client.send(
            "POST",
            f"{self._checked_path()}/issues",
            {
                "title": cut(new.title, _MOST_TITLE),
                "description": _marked(new.body, new.marker),
                # A comma would part one label into two.
                "labels": ",".join(
                    label.replace(",", " ")
                    for label in dict.fromkeys([*new.labels, new.kind.value])
                ),
            },
        )
        made = _item(_row(answer.json()))
        if not made.key:
            raise ConnectorError("The answer about the new issue makes no sense.", permanent=False)
        return made

    def put_comment(self, key: str, body: str, marker: str) -> str:
        item = self.fetch_item(key)
        if item is None:
            raise ConnectorError(f"Issue {key} is no longer in {self._project}.", permanent=False)
        content = {"body": _marked(body, marker)}
        path = f"{self._path}/issues/{key}/notes"
        for row in self._every(f"/issues/{key}/notes", {"sort": "asc", "order_by": "created_at"}):
            if _sign(marker) in text(row, "body"):
                note = number(row, "id")
                self._client.send("PUT", f"{path}/{note}", content)
                return f"{item.url}#note_{note}"
        note = number(self._client.send("POST", path, content).json(), "id")
        return f"{item.url}#note_{note}"

    @staticmethod
    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        for name in ("webhook-id", "idempotency-key", "x-gitlab-event-uuid"):
            if headers.get(name):
                return known_id(headers[name], body)
        return known_id("", body)

    @staticmethod
    def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        if not is_signing_key(secret):
            return is_same(secret, headers.get("x-gitlab-token", ""))
        said = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
        signed = said.encode("utf-8", "replace") + body
        return is_signed_standard(secret, headers.get("webhook-signature", ""), signed)

    @staticmethod
    def read_webhook(headers: Mapping[str, str], payload: Mapping[str, object]) -> Notice:
        event = text(payload, "object_kind") or text(headers.get("x-gitlab-event", ""))

        def named(*path: str, prefix: str = "") -> Sequence[str]:
            found = number(payload, *path)
            return (prefix + found,) if found else ()

        tag = text(payload, "tag")
        return Notice(
            event=event,
            known=event in _KNOWN,
            items=named("object_attributes", "iid") if event in {"issue", "work_item"} else (),
            sprints=named("object_attributes", "id", prefix="milestone:")
            if event == "milestone"
            else (),
            releases=(tag,) if event == "release" and tag else (),
            deployments=named("deployment_id") if event == "deployment" else (),
        )

    def _checked_path(self) -> str:
        if _PROJECT.fullmatch(self._project) is None:
            raise ConnectorError(
                "The project must be its path with all groups, such as acme/web/shop.",
                permanent=True,
            )
        return self._path

    def _get(self, path: str, query: Query | None = None) -> Answer:
        return self._client.get(self._checked_path() + path, query)

    def _find(self, path: str, key: str) -> Row | None:
        """What stands there; None when it is gone, an error when the whole project is."""
        if not is_number(key):
            return None
        answer = self._client.find(self._checked_path() + path)
        if answer is None:
            self._get("")
            return None
        return _row(answer.json())

    def _page(self, path: str, page: int, size: int, query: Query) -> tuple[Sequence[Row], bool]:
        answer = self._get(path, {**query, "page": page, "per_page": size})
        found = keyed(rows(answer.json()), "tag_name" if path == "/releases" else "id")
        return found, bool(answer.headers.get("x-next-page", "").strip())

    def _every(self, path: str, query: Query) -> Iterator[Row]:
        return every(numbered(lambda page, size: self._page(path, page, size, query)))

    def _by_change(
        self,
        path: str,
        query: Query,
        since: datetime | None,
        read: Callable[[Row], Changed[T]],
    ) -> Iterator[T]:
        def fetch_since(since: datetime | None) -> Fetch[Changed[T]]:
            wanted = {**query, "order_by": "updated_at", "sort": "asc"}
            if since is not None:
                wanted["updated_after"] = since.astimezone(UTC).isoformat()

            def fetch_page(page: int, size: int) -> tuple[Sequence[Changed[T]], bool]:
                found, more = self._page(path, page, size, wanted)
                return [read(row) for row in found], more

            return numbered(fetch_page)

        return oldest_change_first(fetch_since, since)

    def _iterations(self) -> Iterator[Row]:
        path = f"{self._checked_path()}/iterations"
        if self._client.find(path, {"per_page": 1}, absent=_WITHOUT_ITERATIONS) is not None:
            yield from self._every("/iterations", {"include_ancestors": "true"})


def _sign(marker: str) -> str:
    return f"<!-- {marker} -->"


def _marked(body: str, marker: str) -> str:
    """The text with its marker, in which no line is an order to GitLab such as /close."""
    quiet = _QUICK_ACTION.sub(r"\1\\/", without_calls(body))
    return f"{cut(quiet, _MOST_BODY)}\n\n{_sign(marker)}"


def _row(found: object) -> Row:
    return found if isinstance(found, Mapping) else {}


def _sprint(row: Row) -> str:
    iteration = number(row, "iteration", "id")
    if iteration:
        return f"iteration:{iteration}"
    milestone = number(row, "milestone", "id")
    return f"milestone:{milestone}" if milestone else ""


def _state(row: Row, labels: Sequence[str]) -> ItemState:
    if text(row, "state") != "closed":
        return open_state(labels)
    moved = "duplicate" if number(row, "moved_to_id") else ""
    return closed_state([*labels, moved])


def _item(row: Row) -> RemoteItem:
    labels = texts(row, "labels")
    kinds = [kind for kind in [text(row, "issue_type")] if kind not in {"issue", "task"}]
    return RemoteItem(
        key=number(row, "iid"),
        title=text(row, "title"),
        url=text(row, "web_url"),
        kind=kind_of([*kinds, *labels]),
        state=_state(row, labels),
        body=text(row, "description"),
        assignee=text(row, "assignee", "username"),
        sprint=_sprint(row),
        labels=labels,
        created_at=instant(row, "created_at"),
        updated_at=instant(row, "updated_at"),
        finished_at=instant(row, "closed_at"),
    )


def _changed_item(row: Row) -> Changed[RemoteItem]:
    return Changed(number(row, "iid"), instant(row, "updated_at"), _item(row))


def _changed_deployment(row: Row) -> Changed[RemoteDeployment]:
    key, at = number(row, "id"), instant(row, "updated_at") or instant(row, "created_at")
    if at is None:
        return Changed(key, None, None)
    found = RemoteDeployment(
        key=key,
        ref=text(row, "ref"),
        environment=text(row, "environment", "name"),
        status=_STATUSES.get(text(row, "status"), DeploymentStatus.STARTED),
        at=at,
        url=text(row, "environment", "external_url"),
    )
    return Changed(key, at, found)
