"""GitLab's REST API as far as it is used."""

import re
from datetime import datetime

from tests.devlink.connectors.board import Board, Card, Deployment
from tests.devlink.connectors.server import Asked, Reply

LABELS = {"bug": "type::bug", "story": "type::feature", "task": "type::maintenance"}
NOT_FOUND = Reply(404, {"message": "404 Project Not Found"})


def stamp(at: datetime | None) -> str | None:
    """As GitLab writes an instant."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


class FakeGitLab:
    """One project. `has_iterations` is what the paid editions have."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.has_iterations = False
        self.iterations: list[dict[str, object]] = []
        self.level = 30
        self.scopes = ["api"]
        self.switched_off: set[str] = set()
        self.routes = [
            ("GET", r"", self.project),
            ("GET", r"/issues", self.issues),
            ("POST", r"/issues", self.create),
            ("GET", r"/issues/(\d+)", self.issue),
            ("GET", r"/issues/(\d+)/notes", self.notes),
            ("POST", r"/issues/(\d+)/notes", self.add_note),
            ("PUT", r"/issues/(\d+)/notes/(\d+)", self.edit_note),
            ("GET", r"/milestones", self.milestones),
            ("GET", r"/iterations", self.get_iterations),
            ("GET", r"/releases", self.releases),
            ("GET", r"/deployments", self.deployments),
            ("GET", r"/deployments/(\d+)", self.deployment),
        ]

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.board.token}":
            return Reply(401, {"message": "401 Unauthorized"})
        if asked.path == "/api/v4/personal_access_tokens/self":
            return Reply(200, {"id": 4, "scopes": self.scopes, "active": True})
        start = "/api/v4/projects/" + self.board.project.replace("/", "%2F")
        for method, pattern, answer in self.routes:
            match = re.fullmatch(re.escape(start) + pattern, asked.path)
            if match and method == asked.method and pattern in self.switched_off:
                return Reply(403, {"message": "403 Forbidden"})
            if match and method == asked.method:
                return answer(asked, *map(int, match.groups()))
        return NOT_FOUND

    def page(self, asked: Asked, found: list[object]) -> Reply:
        size = min(int(asked.query.get("per_page", 20)), 100)
        page = int(asked.query.get("page", 1))
        more = len(found) > page * size
        headers = {"X-Page": str(page), "X-Next-Page": str(page + 1) if more else ""}
        return Reply(200, found[(page - 1) * size : page * size], headers)

    def project(self, asked: Asked) -> Reply:
        return Reply(
            200,
            {
                "id": 7,
                "path_with_namespace": self.board.project,
                "issues_enabled": True,
                "issues_access_level": "enabled",
                "permissions": {
                    "project_access": {"access_level": self.level},
                    "group_access": None,
                },
            },
        )

    def issues(self, asked: Asked) -> Reply:
        cards = self.board.oldest_change_first()
        if asked.query.get("sort", "desc") == "desc":
            cards.reverse()
        since = asked.query.get("updated_after")
        if asked.query.get("scope", "created_by_me") == "created_by_me":
            cards = [card for card in cards if card.is_ours]
        if since:
            cards = [card for card in cards if card.updated >= datetime.fromisoformat(since)]
        return self.page(asked, [self.shown(card) for card in cards])

    def issue(self, asked: Asked, number: int) -> Reply:
        card = self.board.cards.get(number)
        return Reply(200, self.shown(card)) if card else NOT_FOUND

    def create(self, asked: Asked) -> Reply:
        sent = asked.body
        card = self.board.add_card(
            sent["title"],
            body=sent["description"],
            kind="",
            labels=sent["labels"].split(","),
            is_ours=True,
        )
        return Reply(201, self.shown(card))

    def notes(self, asked: Asked, number: int) -> Reply:
        noise = {"id": 1, "body": "changed the description", "system": True}
        said = [
            {"id": comment.number, "body": comment.body, "system": False}
            for comment in self.board.comments_of(number)
        ]
        return self.page(asked, [noise, *said])

    def add_note(self, asked: Asked, number: int) -> Reply:
        comment = self.board.add_comment(number, asked.body["body"])
        return Reply(201, {"id": comment.number, "body": comment.body})

    def edit_note(self, asked: Asked, number: int, note: int) -> Reply:
        self.board.comments[note].body = asked.body["body"]
        return Reply(200, {"id": note, "body": asked.body["body"]})

    def milestones(self, asked: Asked) -> Reply:
        return self.page(
            asked,
            [
                {
                    "id": stretch.number,
                    "iid": 1,
                    "title": stretch.name,
                    "state": "closed" if stretch.state == "closed" else "active",
                    "start_date": str(stretch.starts) if stretch.starts else None,
                    "due_date": str(stretch.ends) if stretch.ends else None,
                }
                for stretch in self.board.stretches.values()
            ],
        )

    def get_iterations(self, asked: Asked) -> Reply:
        return self.page(asked, self.iterations) if self.has_iterations else NOT_FOUND

    def releases(self, asked: Asked) -> Reply:
        return self.page(
            asked,
            [
                {
                    "tag_name": version.version,
                    "name": f"Release {version.version}",
                    "description": version.notes,
                    "released_at": stamp(version.at or self.board.now),
                    "upcoming_release": version.at is None,
                    "_links": {"self": f"https://code.example/-/releases/{version.version}"},
                }
                for version in self.board.versions.values()
            ],
        )

    def deployments(self, asked: Asked) -> Reply:
        rows = sorted(self.board.deployments.values(), key=lambda row: row.updated)
        since = asked.query.get("updated_after")
        if since:
            assert asked.query["order_by"] == "updated_at"
            rows = [row for row in rows if row.updated >= datetime.fromisoformat(since)]
        return self.page(asked, [self.deployed(row) for row in rows])

    def deployment(self, asked: Asked, number: int) -> Reply:
        found = self.board.deployments.get(number)
        return Reply(200, self.deployed(found)) if found else NOT_FOUND

    def deployed(self, row: Deployment) -> dict[str, object]:
        words = {"started": "running", "succeeded": "success", "failed": "failed"}
        return {
            "id": row.number,
            "iid": 2,
            "ref": row.ref,
            "sha": "a" * 40,
            "status": words[row.statuses[-1][0]] if row.statuses else "created",
            "environment": {"id": 9, "name": row.environment, "external_url": None},
            "created_at": stamp(row.at),
            "updated_at": stamp(row.updated),
        }

    def shown(self, card: Card) -> dict[str, object]:
        words = {"in_progress": ["workflow::in dev"], "cancelled": ["resolution::wontfix"]}
        kind = LABELS.get(card.kind, card.kind)
        is_open = card.state in {"to_do", "in_progress"}
        return {
            "id": card.number + 70000,
            "iid": card.number,
            "title": card.title,
            "description": card.body or None,
            "web_url": f"https://code.example/{self.board.project}/-/issues/{card.number}",
            "state": "opened" if is_open else "closed",
            "issue_type": "issue",
            "labels": [*filter(None, [kind]), *card.labels, *words.get(card.state, [])],
            "assignee": {"username": card.assignee} if card.assignee else None,
            "milestone": {"id": card.sprint, "iid": 1} if card.sprint else None,
            "moved_to_id": None,
            "created_at": stamp(card.at),
            "updated_at": stamp(card.updated),
            "closed_at": stamp(card.finished),
        }
