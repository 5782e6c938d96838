"""Jira's REST API as far as it is used: Data Center in version 2, Cloud in version 3."""

import base64
import re
from datetime import UTC, datetime, timedelta, timezone

from tests.devlink.connectors.board import Board, Card
from tests.devlink.connectors.server import Asked, Reply

TYPES = {"bug": ("1", "Bug"), "story": ("2", "Story"), "task": ("3", "Task")}
ELSEWHERE = timezone(timedelta(hours=11))
SPRINT_FIELD = "customfield_10020"
USER = "desk@house.example"


def stamp(at: datetime | None) -> str | None:
    """As Jira writes an instant, in the zone of its server."""
    return at.astimezone(ELSEWHERE).strftime("%Y-%m-%dT%H:%M:%S.000%z") if at else None


def missing(words: str) -> Reply:
    """Jira's answer for what is not there."""
    return Reply(404, {"errorMessages": [words], "errors": {}})


class FakeJira:
    """One project, and one board with its sprints."""

    def __init__(self, board: Board, *, cloud: bool) -> None:
        self.board = board
        self.cloud = cloud
        self.rights = {"BROWSE_PROJECTS", "CREATE_ISSUES", "ADD_COMMENTS", "EDIT_OWN_COMMENTS"}
        self.has_boards = True
        self.moved: dict[int, str] = {}
        api = f"/rest/api/{3 if cloud else 2}"
        project = f"{api}/project/{board.project}"
        search = f"{api}/search/jql" if cloud else f"{api}/search"
        issue = rf"{api}/issue/{board.project}-(\d+)"
        self.routes = [
            ("GET", f"{api}/myself", lambda asked: Reply(200, {"displayName": "Desk"})),
            ("GET", f"{api}/mypermissions", self.permissions),
            ("GET", f"{api}/field", self.fields),
            ("GET", project, self.project),
            ("GET", f"{project}/version", self.versions),
            ("GET", search, self.search),
            ("POST", f"{api}/issue", self.create),
            ("GET", rf"{issue}", self.issue),
            ("GET", rf"{issue}/comment", self.comments),
            ("POST", rf"{issue}/comment", self.add_comment),
            ("PUT", rf"{issue}/comment/(\d+)", self.edit_comment),
            ("GET", "/rest/agile/1.0/board", self.boards),
            ("GET", r"/rest/agile/1.0/board/(\d+)/sprint", self.sprints),
        ]

    def __call__(self, asked: Asked) -> Reply:
        pair = base64.b64encode(f"{USER}:{self.board.token}".encode()).decode()
        wanted = f"Basic {pair}" if self.cloud else f"Bearer {self.board.token}"
        if asked.headers.get("authorization") != wanted:
            return Reply(401, {"errorMessages": ["You are not authenticated."]})
        for method, pattern, answer in self.routes:
            match = re.fullmatch(pattern, asked.path)
            if match and method == asked.method:
                return answer(asked, *map(int, match.groups()))
        return missing("No project could be found.")

    def permissions(self, asked: Asked) -> Reply:
        names = asked.query["permissions"].split(",")
        found = {name: {"key": name, "havePermission": name in self.rights} for name in names}
        return Reply(200, {"permissions": found})

    def fields(self, asked: Asked) -> Reply:
        custom = "com.pyxis.greenhopper.jira:gh-sprint"
        return Reply(
            200,
            [
                {"id": "summary", "schema": {"type": "string", "system": "summary"}},
                {"id": SPRINT_FIELD, "name": "Sprint", "schema": {"custom": custom}},
            ],
        )

    def project(self, asked: Asked) -> Reply:
        types = [{"id": key, "name": name, "subtask": False} for key, name in TYPES.values()]
        part = {"id": "9", "name": "Sub-task", "subtask": True}
        return Reply(200, {"id": "44", "key": self.board.project, "issueTypes": [part, *types]})

    def counted(self, asked: Asked, name: str, found: list[object]) -> Reply:
        start = int(asked.query.get("startAt", 0))
        size = min(int(asked.query.get("maxResults", 50)), 100)
        page = {"startAt": start, "maxResults": size, "total": len(found)}
        return Reply(200, {**page, name: found[start : start + size]})

    def versions(self, asked: Asked) -> Reply:
        return self.counted(
            asked,
            "values",
            [
                {
                    "id": str(version.number),
                    "name": version.version,
                    "description": version.notes,
                    "released": version.at is not None,
                    "releaseDate": str(version.at.date()) if version.at else None,
                }
                for version in self.board.versions.values()
            ],
        )

    def search(self, asked: Asked) -> Reply:
        jql = asked.query["jql"]
        project = re.match(r'project = "(\w+)"', jql)
        if project is None or project[1] != self.board.project:
            return Reply(400, {"errorMessages": ["The value does not exist for 'project'."]})
        cards = [card for card in self.board.oldest_change_first() if card.number not in self.moved]
        back = re.search(r'updated >= "-(\d+)m"', jql)
        if back:
            edge = datetime.now(UTC) - timedelta(minutes=int(back[1]))
            cards = [card for card in cards if card.updated >= edge.replace(second=0)]
        label = re.search(r'labels = "([^"]+)"', jql)
        if label:
            cards = [card for card in cards if label[1] in card.labels]
        found = [self.shown(card) for card in cards]
        if not self.cloud:
            return self.counted(asked, "issues", found)
        start = int(asked.query.get("nextPageToken", "at0").removeprefix("at"))
        end = start + min(int(asked.query.get("maxResults", 50)), 100)
        more = {"nextPageToken": f"at{end}"} if end < len(found) else {"isLast": True}
        return Reply(200, {"issues": found[start:end], **more})

    def issue(self, asked: Asked, number: int) -> Reply:
        card = self.board.cards.get(number)
        return Reply(200, self.shown(card)) if card else missing("Issue does not exist.")

    def create(self, asked: Asked) -> Reply:
        sent = asked.body["fields"]
        assert sent["project"] == {"id": "44"}
        kinds = {key: kind for kind, (key, _) in TYPES.items()}
        card = self.board.add_card(
            sent["summary"],
            body=sent["description"],
            kind=kinds[sent["issuetype"]["id"]],
            labels=sent["labels"],
        )
        return Reply(
            201, {"id": str(card.number + 70000), "key": f"{self.board.project}-{card.number}"}
        )

    def comments(self, asked: Asked, number: int) -> Reply:
        expanded = asked.query.get("expand") == "properties"
        rows = [
            {"id": str(comment.number), "body": comment.body}
            | ({"properties": comment.properties} if expanded else {})
            for comment in self.board.comments_of(number)
        ]
        return self.counted(asked, "comments", rows)

    def add_comment(self, asked: Asked, number: int) -> Reply:
        self.checked(asked.body["body"])
        comment = self.board.add_comment(number, asked.body["body"], asked.body["properties"])
        return Reply(201, {"id": str(comment.number)})

    def edit_comment(self, asked: Asked, number: int, comment: int) -> Reply:
        self.checked(asked.body["body"])
        self.board.comments[comment].body = asked.body["body"]
        return Reply(200, {"id": str(comment)})

    def checked(self, body: object) -> None:
        assert isinstance(body, dict) == self.cloud

    def boards(self, asked: Asked) -> Reply:
        if not self.has_boards:
            return missing("Jira Software is not here.")
        kinds = {3: "kanban", 2: "scrum", 5: "scrum"}
        values = [{"id": key, "type": kind} for key, kind in kinds.items()]
        return Reply(200, {"startAt": 0, "maxResults": 50, "isLast": True, "values": values})

    def sprints(self, asked: Asked, number: int) -> Reply:
        if number == 3:
            return Reply(400, {"errorMessages": ["The board does not support sprints"]})
        words = {"planning": "future", "active": "active", "closed": "closed"}
        found = [
            {
                "id": stretch.number,
                "name": stretch.name,
                "state": words[stretch.state],
                "originBoardId": 2,
            }
            | ({"startDate": f"{stretch.starts}T09:00:00.000Z"} if stretch.starts else {})
            | ({"endDate": f"{stretch.ends}T17:00:00.000Z"} if stretch.ends else {})
            for stretch in self.board.stretches.values()
        ]
        start = int(asked.query.get("startAt", 0))
        end = start + int(asked.query.get("maxResults", 50))
        last = end >= len(found)
        return Reply(200, {"startAt": start, "isLast": last, "values": found[start:end]})

    def shown(self, card: Card) -> dict[str, object]:
        categories = {"to_do": "new", "in_progress": "indeterminate"}
        resolutions = {"done": "Fixed", "cancelled": "Won't Do"}
        key, kind = TYPES.get(card.kind, ("3", "Task"))
        people = {"displayName": card.assignee, "emailAddress": f"{card.assignee}@house.example"}
        resolution = resolutions.get(card.state)
        project = self.moved.get(card.number, self.board.project)
        return {
            "id": str(card.number + 70000),
            "key": f"{project}-{card.number}",
            "fields": {
                "summary": card.title,
                "description": self.described(card.body),
                "project": {"id": "44" if project == self.board.project else "45", "key": project},
                "status": {
                    "name": card.state,
                    "statusCategory": {"key": categories.get(card.state, "done")},
                },
                "resolution": {"name": resolution} if resolution else None,
                "issuetype": {"id": key, "name": kind, "subtask": False},
                "assignee": people if card.assignee else None,
                "fixVersions": [{"id": "1", "name": name} for name in card.versions],
                "labels": card.labels,
                "created": stamp(card.at),
                "updated": stamp(card.updated),
                "resolutiondate": stamp(card.finished),
                SPRINT_FIELD: self.in_sprint(card),
            },
        }

    def described(self, body: object) -> object:
        if not self.cloud or not isinstance(body, str):
            return body or None
        text = [{"type": "text", "text": body}] if body else []
        return {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": text}],
        }

    def in_sprint(self, card: Card) -> object:
        if card.sprint is None:
            return None
        state = "active"
        if self.cloud:
            return [{"id": 1, "state": "closed"}, {"id": card.sprint, "state": state}]
        written = "com.atlassian.greenhopper.service.sprint.Sprint@6f[id={},rapidViewId=2,state={},"
        return [
            written.format(1, "CLOSED") + "name=Before,goal=]",
            written.format(card.sprint, state.upper()) + "name=Now,goal=]",
        ]
