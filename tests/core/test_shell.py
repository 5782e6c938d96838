"""What stands around every page: the rail by role, the current entry, the theme."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.models import Person
from accounts.roles import Role
from core import extensions
from core.context import Shell, shell
from core.extensions import NavItem, TopBarItem, navigate, top_bar


@pytest.fixture(autouse=True)
def _rail(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A rail of our own, whatever the apps have registered."""
    monkeypatch.setattr(extensions, "_items", [])
    monkeypatch.setattr(extensions, "TOP_BAR", extensions.TOP_BAR)
    kept = list(extensions.TOP_BAR)
    extensions.TOP_BAR.clear()
    yield
    extensions.TOP_BAR[:] = kept


def _shell(*roles: str, path: str = "/profile/") -> Shell:
    request = RequestFactory().get(path)
    request.user = Person(name="Maya Osei", email="maya@house.example", roles=list(roles))
    return shell(request)["shell"]


def test_the_rail_holds_what_a_role_may_use_in_its_sections() -> None:
    navigate(NavItem("Lead", "Keys", "accounts:tokens", "key-round", 1, frozenset({Role.ADMIN})))
    navigate(NavItem("Desk", "Profile", "accounts:profile", "user", 1))
    assert [name for name, _ in _shell(Role.ADMIN).sections] == ["Desk", "Lead"]
    assert [name for name, _ in _shell(Role.AGENT).sections] == ["Desk"]


def test_the_longest_fitting_address_is_the_current_entry() -> None:
    navigate(NavItem("Desk", "Profile", "accounts:profile", "user", 1))
    navigate(NavItem("Desk", "Keys", "accounts:tokens", "key-round", 2))
    active = [
        [
            entry.label
            for _, entries in _shell(path=path).sections
            for entry in entries
            if entry.active
        ]
        for path in ("/profile/", "/profile/keys/", "/profile/keys/4/", "/elsewhere/")
    ]
    assert active == [["Profile"], ["Keys"], ["Keys"], []]


def test_counts_are_asked_only_when_a_page_draws_the_rail() -> None:
    asked: list[str] = []

    def count(request: object) -> int:
        asked.append("rail")
        return 7

    navigate(NavItem("Desk", "Profile", "accounts:profile", "user", 1, count=count, on_phone=True))
    drawn = _shell()
    assert asked == []
    assert drawn.phone_bar[0].count == 7
    assert asked == ["rail"]


def test_a_section_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no section"):
        navigate(NavItem("Sales", "x", "accounts:profile", "user", 1))


def test_a_stranger_gets_a_page_without_a_rail() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert shell(request)["shell"].sections == ()
    html = render_to_string("base.html", request=request)
    assert 'class="rail"' not in html
    assert 'name="q"' not in html


@pytest.mark.parametrize(
    ("theme", "attribute"),
    [("dark", 'data-bs-theme="dark"'), ("light", 'data-bs-theme="light"'), ("system", None)],
)
def test_the_theme_is_the_persons_or_the_systems(theme: str, attribute: str | None) -> None:
    top_bar(TopBarItem("Notices", "accounts:profile", "bell", count=lambda request: 3))
    request = RequestFactory().get("/")
    request.user = Person(name="<b>Maya", email="m@house.example", theme=theme)
    html = render_to_string("base.html", request=request)
    head = html.split("<head>")[0]
    assert (attribute in head) if attribute else ("data-bs-theme" not in head)
    assert "&lt;b&gt;Maya" in html
    assert 'aria-label="Notices: 3 new"' in html


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_nothing_and_say_what_to_do(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert "<h1>" in html
    assert 'href="/"' in html


def test_the_rail_is_remembered_but_never_another_persons() -> None:
    counts = iter([1, 1, 2])
    navigate(
        NavItem("Desk", "Profile", "accounts:profile", "user", 1, count=lambda _: next(counts))
    )
    rails = []
    for name in ("Maya", "Ivo", "Maya"):
        request = RequestFactory().get("/")
        request.user = Person(name=name, email="m@house.example", roles=[Role.AGENT])
        rails.append(render_to_string("base.html", request=request))
    assert ["Maya · Agent" in rail for rail in rails] == [True, False, True]
    assert "Ivo · Agent" in rails[1]
    assert [
        f'<span class="rail-count">{count}</span>' in rail
        for count, rail in zip((1, 1, 2), rails, strict=True)
    ] == [True] * 3
