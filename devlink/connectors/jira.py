"""Jira, Cloud and Data Center: issues with versions and sprints of one project.

Asked directly: the client library for it neither bounds an answer nor chooses its address. With a
user it is Cloud, signed in to by user and token and spoken to in version 3; without one it is
Data Center, signed in to by a personal access token and spoken to in version 2.
"""

import base64
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote

from devlink.connectors import adf
from devlink.connectors.base import (
    Access,
    ConnectorError,
    ItemKind,
    ItemState,
    NewItem,
    Notice,
    RemoteDeployment,
    RemoteItem,
    RemoteRelease,
    RemoteSprint,
    SprintState,
)
from devlink.connectors.http import Answer, Client, Query, TooLarge
from devlink.connectors.paging import Changed, Fetch, every, oldest_change_first
from devlink.connectors.reading import day, dig, instant, keyed, number, rows, text, texts
from devlink.connectors.signatures import is_signed, known_id
from devlink.connectors.words import closed_state, cut, kind_of

_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]*|\d+")
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,60}-[1-9][0-9]{0,15}")
_MOST_TITLE, _MOST_BODY = 255, 32_000
_SPRINT_FIELD = "com.pyxis.greenhopper.jira:gh-sprint"
# How Data Center writes a sprint into an issue: …Sprint@1f[id=7,rapidViewId=2,state=ACTIVE,…]
_WRITTEN_SPRINT = re.compile(r"\[(?:.*,)?id=(\d+),(?:.*,)?state=(\w+),", re.DOTALL)
_COMMENT_PROPERTY = "upstream.marker"
_SPRINT_STATES = {"active": SprintState.ACTIVE, "closed": SprintState.CLOSED}
_STATES = {"new": ItemState.TO_DO, "indeterminate": ItemState.IN_PROGRESS}
_TYPES = {
    ItemKind.BUG: ("bug", "defect", "incident"),
    ItemKind.STORY: ("story", "user story", "new feature", "feature", "improvement"),
    ItemKind.REQUIREMENT: ("requirement", "story"),
    ItemKind.TASK: ("task",),
}
_FIELDS = (
    "summary", "description", "status", "resolution", "issuetype", "assignee", "fixVersions",
    "labels", "created", "updated", "resolutiondate", "project",
)  # fmt: skip
_RIGHTS = {
    "BROWSE_PROJECTS": "see its issues",
    "CREATE_ISSUES": "create issues",
    "ADD_COMMENTS": "add comments",
    "EDIT_OWN_COMMENTS": "edit its own comments",
}
# What Jira can tell apart in a search: whole minutes, counted back from a clock of its own.
_STEP = timedelta(minutes=3)

Row = Mapping[str, object]


class Jira:
    """One project; items are known by their key such as SHOP-12, everything else by its id."""

    kind = "jira"

    def __init__(self, access: Access, *, allow_private: bool = False) -> None:
        self._project = access.project.strip()
        self._site = access.base_url.strip().rstrip("/")
        self._is_cloud = bool(access.user)
        self._api = f"/rest/api/{3 if self._is_cloud else 2}"
        self._sprint_field: str | None = None
        pair = base64.b64encode(f"{access.user}:{access.token}".encode()).decode()
        sign_in = f"Basic {pair}" if self._is_cloud else f"Bearer {access.token}"
        self._client = Client(
            self._site,
            project=f"project {self._project}",
            headers={"Authorization": sign_in},
            token=access.token,
            allow_private=allow_private,
        )

    def check(self) -> Sequence[str]:
        self._client.get(f"{self._api}/myself")
        self._get_project()
        query = {"projectKey": self._project, "permissions": ",".join(_RIGHTS)}
        found = self._client.get(f"{self._api}/mypermissions", query).json()
        missing = [
            f"The account may not {words} in {self._project}."
            for right, words in _RIGHTS.items()
            if dig(found, "permissions", right, "havePermission") is not True
        ]
        if self._client.find("/rest/agile/1.0/board", {"maxResults": 1}, absent=(403,)) is None:
            missing.append(
                "Boards cannot be read, so no sprints: Jira Software is needed for them."
            )
        if not self._sprint_field_id():
            missing.append("The field that holds an issue's sprint is not among Jira's fields.")
        return missing

    def fetch_item(self, key: str) -> RemoteItem | None:
        if _KEY.fullmatch(key) is None:
            return None
        answer = self._client.find(f"{self._api}/issue/{key}", {"fields": self._fields()})
        if answer is None:
            self._get_project()
            return None
        row = _row(answer.json())
        # An issue moved to another project still answers to its old key.
        here = {text(row, "fields", "project", name).casefold() for name in ("key", "id")}
        is_here = text(row, "key") == key and self._project.casefold() in here
        return self._item(row) if is_here else None

    def list_items(self, since: datetime | None = None) -> Iterator[RemoteItem]:
        self._checked_project()

        def fetch_since(since: datetime | None) -> Fetch[Changed[RemoteItem]]:
            jql = f'project = "{self._project}"'
            if since is not None:
                # Counted back from now, because a written instant is read in the account's zone.
                back = math.ceil((datetime.now(UTC) - since).total_seconds() / 60) + 1
                jql += f' AND updated >= "-{max(back, 1)}m"'

            def fetch(cursor: str, size: int) -> tuple[Sequence[Changed[RemoteItem]], str]:
                found, following = self._search(f"{jql} ORDER BY updated ASC", cursor, size)
                return [self._changed(row) for row in found], following

            return fetch

        for item in oldest_change_first(fetch_since, since, step=_STEP):
            if since is None or item.updated_at is None or item.updated_at >= since:
                yield item

    def list_sprints(self) -> Iterator[RemoteSprint]:
        query = {"projectKeyOrId": self._checked_project()}
        boards = self._client.find("/rest/agile/1.0/board", query)
        if boards is None:
            self._get_project()
            return
        seen: set[str] = set()
        for board in self._counted("/rest/agile/1.0/board", query):
            if text(board, "type") == "kanban":
                continue
            path = f"/rest/agile/1.0/board/{number(board, 'id')}/sprint"
            # A board without sprints refuses the question.
            if self._client.find(path, {"maxResults": 1}, absent=(400,)) is None:
                continue
            for row in self._counted(path, {}):
                # A sprint of another board shows on every board with an issue of it.
                if number(row, "id") not in seen:
                    seen.add(number(row, "id"))
                    yield RemoteSprint(
                        key=number(row, "id"),
                        name=text(row, "name"),
                        state=_SPRINT_STATES.get(text(row, "state"), SprintState.PLANNING),
                        starts_on=day(row, "startDate"),
                        ends_on=day(row, "endDate"),
                    )

    def list_releases(self) -> Iterator[RemoteRelease]:
        for row in self._counted(f"{self._project_path()}/version", {}):
            on = day(row, "releaseDate")
            is_out = dig(row, "released") is True and on is not None
            yield RemoteRelease(
                key=number(row, "id"),
                version=text(row, "name"),
                name=text(row, "name"),
                notes=text(row, "description"),
                url=f"{self._site}/projects/{self._project}/versions/{number(row, 'id')}",
                released_at=datetime.combine(on, time(), UTC) if is_out and on else None,
            )

    def list_deployments(self, since: datetime | None = None) -> Iterator[RemoteDeployment]:
        """Nothing: Jira only passes on what a pipeline tells it."""
        yield from ()

    def fetch_deployment(self, key: str) -> RemoteDeployment | None:
        """None: Jira only passes on what a pipeline tells it."""
        return None

    def create_item(self, new: NewItem) -> RemoteItem:
        marker = _label(new.marker)
        jql = f'project = "{self._checked_project()}" AND labels = "{marker}" ORDER BY created ASC'
        found, _ = self._search(jql, "", 1)
        if found:
            return self._item(found[0])
        content = {
            "project": {"id": text(self._get_project(), "id")},
            "summary": cut(" ".join(new.title.split()), _MOST_TITLE),
            "description": self._body(new.body),
            "issuetype": {"id": self._type_for(new.kind)},
            "labels": list(dict.fromkeys([*map(_label, new.labels), marker])),
        }
        answer = self._client.send("POST", f"{self._api}/issue", {"fields": content})
        made = self.fetch_item(text(answer.json(), "key"))
        if made is None:
            raise ConnectorError("The new issue cannot be read yet.", permanent=False)
        return made

    def put_comment(self, key: str, body: str, marker: str) -> str:
        item = self.fetch_item(key)
        if item is None:
            raise ConnectorError(f"Issue {key} is no longer in {self._project}.", permanent=False)
        sign = {"key": _COMMENT_PROPERTY, "value": {"marker": marker}}
        content = {"body": self._body(body), "properties": [sign]}
        path = f"{self._api}/issue/{key}/comment"
        for row in self._counted(path, {"expand": "properties"}, "comments"):
            marks = [text(entry, "value", "marker") for entry in rows(row, "properties")]
            if marker in marks:
                comment = number(row, "id")
                self._client.send("PUT", f"{path}/{comment}", content)
                return f"{item.url}?focusedCommentId={comment}"
        comment = number(self._client.send("POST", path, content).json(), "id")
        return f"{item.url}?focusedCommentId={comment}"

    @staticmethod
    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        return known_id(headers.get("x-atlassian-webhook-identifier", ""), body)

    @staticmethod
    def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        return is_signed(secret, headers.get("x-hub-signature", ""), body)

    @staticmethod
    def read_webhook(headers: Mapping[str, str], payload: Mapping[str, object]) -> Notice:
        event = text(payload, "webhookEvent")
        about = event.removeprefix("jira:").partition("_")[0]

        def named(name: str) -> Sequence[str]:
            found = number(payload, name, "id")
            return (found,) if found and about == name else ()

        key = text(payload, "issue", "key") if about == "issue" else ""

        return Notice(
            event=event,
            known=about in {"issue", "sprint", "version"},
            items=(key,) if _KEY.fullmatch(key) else (),
            sprints=named("sprint"),
            releases=named("version"),
        )

    def _checked_project(self) -> str:
        if _PROJECT.fullmatch(self._project) is None:
            raise ConnectorError("The project must be its key, such as SHOP.", permanent=True)
        return self._project

    def _project_path(self) -> str:
        return f"{self._api}/project/{quote(self._checked_project(), safe='')}"

    def _get_project(self) -> Row:
        return _row(self._client.get(self._project_path()).json())

    def _fields(self) -> str:
        return ",".join(filter(None, [*_FIELDS, self._sprint_field_id()]))

    def _sprint_field_id(self) -> str:
        """Under which name issues carry their sprint here; empty where they carry none."""
        if self._sprint_field is None:
            try:
                found = rows(self._client.get(f"{self._api}/field").json())
            except TooLarge:  # `check` says that sprints of items are missing
                found = ()
            ids = [
                text(row, "id") for row in found if text(row, "schema", "custom") == _SPRINT_FIELD
            ]
            self._sprint_field = next(iter(ids), "")
        return self._sprint_field

    def _search(self, jql: str, cursor: str, size: int) -> tuple[Sequence[Row], str]:
        query: dict[str, str | int] = {"jql": jql, "maxResults": size, "fields": self._fields()}
        if self._is_cloud:
            if cursor:
                query["nextPageToken"] = cursor
            found = self._ask_search(f"{self._api}/search/jql", query).json()
            return keyed(rows(found, "issues"), "key"), text(found, "nextPageToken")
        start = int(cursor or 0)
        found = self._ask_search(f"{self._api}/search", {**query, "startAt": start}).json()
        issues = rows(found, "issues")
        following = start + len(issues)
        more = bool(issues) and following < int(number(found, "total") or 0)
        return keyed(issues, "key"), str(following) if more else ""

    def _ask_search(self, path: str, query: Query) -> Answer:
        """The answer of a search, which refuses a project it does not know like a bad question."""
        answer = self._client.find(path, query, absent=(400,))
        if answer is None:
            self._get_project()
            return self._client.get(path, query)
        return answer

    def _counted(self, path: str, query: Query, name: str = "values") -> Iterator[Row]:
        """Every row of a list that is paged by where a page starts."""

        def fetch(cursor: str, size: int) -> tuple[Sequence[Row], str]:
            start = int(cursor or 0)
            place = {"startAt": start, "maxResults": size}
            found = self._client.get(path, {**query, **place}).json()
            values = rows(found, name)
            following = start + len(values)
            is_last = dig(found, "isLast") is True
            if number(found, "total"):
                is_last = is_last or following >= int(number(found, "total"))
            elif dig(found, "isLast") is not False:
                is_last = True
            return keyed(values, "id"), "" if is_last or not values else str(following)

        return every(fetch)

    def _type_for(self, kind: ItemKind) -> str:
        """The id of the type that fits best among those this project has."""
        types = {
            text(row, "name").casefold(): number(row, "id")
            for row in rows(self._get_project(), "issueTypes")
            if dig(row, "subtask") is not True
        }
        wanted = [types[name] for name in (*_TYPES[kind], "task") if name in types]
        found = next(iter([*wanted, *types.values()]), "")
        if not found:
            raise ConnectorError(f"{self._project} has no types of issues.", permanent=True)
        return found

    def _body(self, body: str) -> object:
        if self._is_cloud:
            return adf.from_text(cut(body, _MOST_BODY))
        # What customers write must not call people by name.
        return cut(body.replace("[~", "[\\~"), _MOST_BODY)

    def _changed(self, row: Row) -> Changed[RemoteItem]:
        return Changed(text(row, "key"), instant(row, "fields", "updated"), self._item(row))

    def _item(self, row: Row) -> RemoteItem:
        fields = _row(dig(row, "fields"))
        category = text(fields, "status", "statusCategory", "key")
        ended = closed_state([text(fields, "resolution", "name"), text(fields, "status", "name")])
        return RemoteItem(
            key=text(row, "key"),
            title=text(fields, "summary"),
            url=f"{self._site}/browse/{quote(text(row, 'key'))}",
            kind=kind_of([text(fields, "issuetype", "name")]),
            state=ended if category == "done" else _STATES.get(category, ItemState.TO_DO),
            body=adf.to_text(dig(fields, "description")),
            assignee=text(fields, "assignee", "displayName"),
            assignee_email=text(fields, "assignee", "emailAddress"),
            sprint=_sprint(dig(fields, self._sprint_field_id())),
            fix_versions=[text(row, "name") for row in rows(fields, "fixVersions")],
            labels=texts(fields, "labels"),
            created_at=instant(fields, "created"),
            updated_at=instant(fields, "updated"),
            finished_at=instant(fields, "resolutiondate"),
        )


def _row(found: object) -> Row:
    return found if isinstance(found, Mapping) else {}


def _label(words: str) -> str:
    """A label, in which Jira takes no space and we take no quotation mark."""
    return re.sub(r'[\s"\\]+', "_", words)


def _sprint(field: object) -> str:
    """The sprint an issue is in: the one not closed, else the last it was in."""
    if not isinstance(field, list):
        return ""
    found: list[tuple[str, str]] = []
    for entry in field:
        written = _WRITTEN_SPRINT.search(entry) if isinstance(entry, str) else None
        if written is not None:
            found.append((written[1], written[2].lower()))
        elif number(entry, "id"):
            found.append((number(entry, "id"), text(entry, "state").lower()))
    still_open = [key for key, state in found if state != "closed"]
    return next(reversed(still_open or [key for key, _ in found]), "")
