"""GitHub's REST API as far as it is used, under the address of an Enterprise server."""

import re
from datetime import UTC, datetime

from tests.devlink.connectors.board import Board, Card, Deployment
from tests.devlink.connectors.server import Asked, Reply

LABELS = {"bug": "bug", "story": "type: story", "task": "chore", "requirement": "requirement"}
NOT_FOUND = Reply(404, {"message": "Not Found", "status": "404"})


def stamp(at: datetime | None) -> str | None:
    """As GitHub writes an instant."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


class FakeGitHub:
    """One repository."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.tells_user = True
        self.has_issues = True
        self.may_write = True
        self.switched_off: set[str] = set()
        self.routes = [
            ("GET", r"", self.repository),
            ("GET", r"/issues", self.issues),
            ("POST", r"/issues", self.create),
            ("GET", r"/issues/(\d+)", self.issue),
            ("GET", r"/issues/(\d+)/comments", self.comments),
            ("POST", r"/issues/(\d+)/comments", self.add_comment),
            ("PATCH", r"/issues/comments/(\d+)", self.edit_comment),
            ("GET", r"/milestones", self.milestones),
            ("GET", r"/releases", self.releases),
            ("GET", r"/deployments", self.deployments),
            ("GET", r"/deployments/(\d+)", self.deployment),
            ("GET", r"/deployments/(\d+)/statuses", self.statuses),
        ]

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.board.token}":
            return Reply(401, {"message": "Bad credentials", "status": "401"})
        if asked.path == "/api/v3/user":
            return Reply(200, {"login": "desk"}) if self.tells_user else Reply(403, {})
        start = f"/api/v3/repos/{self.board.project}"
        for method, pattern, answer in self.routes:
            match = re.fullmatch(re.escape(start) + pattern, asked.path)
            if match and method == asked.method and pattern in self.switched_off:
                return Reply(403, {"message": "403 Forbidden"})
            if match and method == asked.method:
                return answer(asked, *map(int, match.groups()))
        return NOT_FOUND

    def page(self, asked: Asked, found: list[object]) -> Reply:
        size = min(int(asked.query.get("per_page", 30)), 100)
        page = int(asked.query.get("page", 1))
        more = len(found) > page * size
        link = {"Link": f'<http://127.0.0.1/?page={page + 1}>; rel="next"'} if more else {}
        return Reply(200, found[(page - 1) * size : page * size], link)

    def repository(self, asked: Asked) -> Reply:
        return Reply(
            200,
            {
                "full_name": self.board.project,
                "has_issues": self.has_issues,
                "permissions": {"pull": True, "triage": self.may_write, "push": self.may_write},
            },
        )

    def issues(self, asked: Asked) -> Reply:
        cards = self.board.oldest_change_first()
        if asked.query.get("sort") == "created":
            cards = sorted(cards, key=lambda card: card.at)
        if asked.query.get("direction", "desc") == "desc":
            cards.reverse()
        if asked.query.get("state", "open") == "open":
            cards = [card for card in cards if card.state in {"to_do", "in_progress"}]
        if "creator" in asked.query:
            assert asked.query["creator"] == "desk"
            cards = [card for card in cards if card.is_ours]
        since = asked.query.get("since", "")
        return self.page(
            asked, [self.shown(card) for card in cards if (stamp(card.updated) or "") >= since]
        )

    def issue(self, asked: Asked, number: int) -> Reply:
        card = self.board.cards.get(number)
        return Reply(200, self.shown(card)) if card else NOT_FOUND

    def create(self, asked: Asked) -> Reply:
        card = self.board.add_card(
            asked.body["title"],
            body=asked.body["body"],
            kind="",
            labels=asked.body["labels"],
            is_ours=True,
        )
        return Reply(201, self.shown(card))

    def comments(self, asked: Asked, number: int) -> Reply:
        found = self.board.comments_of(number)
        return self.page(asked, [self.said(comment) for comment in found])

    def add_comment(self, asked: Asked, number: int) -> Reply:
        return Reply(201, self.said(self.board.add_comment(number, asked.body["body"])))

    def edit_comment(self, asked: Asked, number: int) -> Reply:
        self.board.comments[number].body = asked.body["body"]
        return Reply(200, self.said(self.board.comments[number]))

    def said(self, comment) -> dict[str, object]:
        where = f"https://github.example/{self.board.project}/issues/{comment.card}"
        return {
            "id": comment.number,
            "body": comment.body,
            "html_url": f"{where}#issuecomment-{comment.number}",
        }

    def milestones(self, asked: Asked) -> Reply:
        return self.page(
            asked,
            [
                {
                    "id": stretch.number + 90000,
                    "number": stretch.number,
                    "title": stretch.name,
                    "state": "closed" if stretch.state == "closed" else "open",
                    "due_on": f"{stretch.ends}T07:00:00Z" if stretch.ends else None,
                }
                for stretch in self.board.stretches.values()
            ],
        )

    def releases(self, asked: Asked) -> Reply:
        rows = [
            {
                "id": version.number,
                "tag_name": version.version,
                "name": f"Release {version.version}",
                "body": version.notes,
                "draft": False,
                "prerelease": False,
                "html_url": f"https://github.example/releases/tag/{version.version}",
                "published_at": stamp(version.at),
            }
            for version in self.board.versions.values()
        ]
        draft = {"id": 1, "tag_name": "untagged", "draft": True, "published_at": None}
        return self.page(asked, [draft, *rows])

    def deployments(self, asked: Asked) -> Reply:
        rows = sorted(self.board.deployments.values(), key=lambda row: row.at, reverse=True)
        return self.page(asked, [self.deployed(row) for row in rows])

    def deployment(self, asked: Asked, number: int) -> Reply:
        found = self.board.deployments.get(number)
        return Reply(200, self.deployed(found)) if found else NOT_FOUND

    def statuses(self, asked: Asked, number: int) -> Reply:
        words = {"started": "in_progress", "succeeded": "success", "failed": "failure"}
        rows = [
            {"id": place, "state": words.get(state, state), "created_at": stamp(at)}
            for place, (state, at) in enumerate(self.board.deployments[number].statuses, 1)
        ]
        return self.page(asked, rows[::-1])

    def deployed(self, row: Deployment) -> dict[str, object]:
        return {
            "id": row.number,
            "ref": row.ref,
            "sha": "a" * 40,
            "environment": row.environment,
            "created_at": stamp(row.at),
            "updated_at": stamp(row.updated),
        }

    def shown(self, card: Card) -> dict[str, object]:
        begun = ["status: in progress"] if card.state == "in_progress" else []
        labels = [*filter(None, [LABELS.get(card.kind)]), *card.labels, *begun]
        is_open = card.state in {"to_do", "in_progress"}
        reasons = {"done": "completed", "cancelled": "not_planned"}
        shown: dict[str, object] = {
            "id": card.number + 70000,
            "number": card.number,
            "title": card.title,
            "body": card.body or None,
            "html_url": f"https://github.example/{self.board.project}/issues/{card.number}",
            "state": "open" if is_open else "closed",
            "state_reason": reasons.get(card.state),
            "labels": [{"id": 1, "name": name, "color": "ededed"} for name in labels],
            "assignee": {"login": card.assignee} if card.assignee else None,
            "milestone": {"number": card.sprint, "id": 5} if card.sprint else None,
            "created_at": stamp(card.at),
            "updated_at": stamp(card.updated),
            "closed_at": stamp(card.finished),
        }
        return shown | ({"pull_request": {"url": "…"}} if card.is_pull_request else {})
