"""Every part of the design system is drawn, escapes what people wrote, and speaks to readers."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.models import Person
from changes.workflow import CHANGE
from core.tones import STATE_TONES, TONES
from core.widgets import PlainGroup, PlainInput, PlainTextarea
from devlink.workflow import ASK, FIX_CLAIM, RELEASE, SPRINT, WORK_ITEM
from incidents.workflow import INCIDENT, SERVICE_REQUEST
from knowledge.workflow import ARTICLE
from problems.workflow import CLUSTER, PROBLEM, RUN

HOSTILE = """<script>alert(1)</script>"'&"""
ESCAPED = "&lt;script&gt;"
NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
WORKFLOWS = (
    INCIDENT, SERVICE_REQUEST, PROBLEM, CLUSTER, RUN, CHANGE, ARTICLE,
    WORK_ITEM, SPRINT, RELEASE, ASK, FIX_CLAIM,
)  # fmt: skip
UI_TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates" / "ui").glob("*.html"))


def draw(source: str, **context: object) -> str:
    """What a template draws, whitespace at its ends removed."""
    return Template(source).render(Context(context)).strip()


def request_for(person: Person | AnonymousUser, path: str = "/") -> HttpRequest:
    """A request of a page by this person, without a database."""
    request = RequestFactory().get(path)
    request.user = person
    return request


class ExampleForm(forms.Form):
    title = forms.CharField(help_text="In one line")
    kind = forms.ChoiceField(choices=[("a", "Alpha")], widget=forms.RadioSelect)
    agreed = forms.BooleanField()


class Attributes(HTMLParser):
    """Collects every element and attribute of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.names.extend(name for name, _ in attrs)


# pills, people, times


def test_every_state_of_every_workflow_has_a_colour_and_keeps_its_words() -> None:
    for workflow in WORKFLOWS:
        for name, label in workflow.choices:
            assert name in STATE_TONES, f"{workflow.name}.{name} has no colour"
            assert label in draw("{% state_pill state label %}", state=name, label=label)
    assert set(STATE_TONES.values()) <= TONES


def test_a_pill_escapes_its_text_and_refuses_an_unknown_tone() -> None:
    assert ESCAPED in draw("{% pill text %}", text=HOSTILE)
    assert ESCAPED in draw("{% state_pill 'new' text %}", text=HOSTILE)
    with pytest.raises(ImproperlyConfigured):
        draw("{% pill 'x' 'pink' %}")


@pytest.mark.parametrize(
    ("priority", "html"),
    [
        (1, '<span class="pill pill-red">P1</span>'),
        ("P2", '<span class="pill pill-amber">P2</span>'),
        (4, '<span class="pill pill-grey">P4</span>'),
    ],
)
def test_priorities_are_words_as_well_as_colours(priority: object, html: str) -> None:
    assert draw("{% priority_pill priority %}", priority=priority) == html


def test_an_avatar_shows_initials_of_any_name() -> None:
    assert ">MO<" in draw("{% avatar 'Maya Rose Osei' %}")
    assert ">李<" in draw("{% avatar '李' %}")
    assert "<script" not in draw("{% avatar name %}", name="<script <b")
    assert "who" in draw("{% avatar '' %}")


def test_icons_are_hidden_from_readers_and_a_missing_one_is_an_error() -> None:
    assert 'aria-hidden="true"' in draw("{% icon 'inbox' 20 %}")
    with pytest.raises(Exception, match="does not exist"):
        draw("{% icon 'no-such-icon' %}")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=3), "3 d ago"),
        (timedelta(days=10), "10 Nov"),
        (timedelta(days=400), "16 Oct 2024"),
        (timedelta(hours=-3), "in 3 h"),
    ],
)
def test_times_are_relative_and_say_the_moment(before: timedelta, words: str) -> None:
    html = draw("{% ago when now=now %}", when=NOW - before, now=NOW)
    assert f">{words}</time>" in html
    assert 'title="' in html


def test_never_is_a_dash() -> None:
    assert "–" in draw("{% ago when %}", when=None)
    assert draw("{{ x|duration }}{{ x|span }}{{ x|countdown }}", x=None) == "–––"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 min"),
        (59, "59 min"),
        (60, "1 h"),
        (200, "3 h 20 min"),
        (1320, "22 h"),
        (-5, "−5 min"),
    ],
)
def test_durations_count_hours_not_days(minutes: int, words: str) -> None:
    assert draw("{{ minutes|duration }}", minutes=minutes) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(7800, "2:10"), (-1440, "−0:24"), (3 * 86400, "3 d"), (0, "0:00")]
)
def test_clocks_show_what_is_left(seconds: int, words: str) -> None:
    assert draw("{{ seconds|countdown }}", seconds=seconds) == words


# written text


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<img src=x onerror="alert(1)">',
        "![x](https://example.org/pixel.png)",
        '<a href="/x" hx-get="/evil" onclick="x()">x</a>',
        "<svg><style><img onerror=alert(1)>",
        "<https://example.org/?q=\"onmouseover='x'>",
    ],
)
def test_markdown_lets_nothing_run(text: str) -> None:
    page = Attributes(draw("{{ text|markdown }}", text=text))
    assert not {tag for tag, _ in page.elements} & {"script", "img", "svg", "style", "iframe"}
    assert not [name for name in page.names if name.startswith(("on", "hx-")) or name == "style"]
    links = [attrs.get("href") or "" for tag, attrs in page.elements if tag == "a"]
    assert all(link.startswith(("http", "/", "mailto:")) for link in links)


def test_markdown_keeps_what_people_mean() -> None:
    html = draw(
        "{{ text|markdown }}", text="# Title\n\n**bold** `code`\nnext\n\n|a|b|\n|-|-|\n|1|2|"
    )
    assert "<h4>Title</h4>" in html
    assert "<strong>bold</strong>" in html
    assert "<br" in html
    assert "<td>1</td>" in html
    assert 'rel="noopener noreferrer nofollow"' in draw("{{ '[x](https://e.org)'|markdown }}")


def test_markdown_survives_deep_nesting_in_good_time() -> None:
    started = datetime.now(UTC)
    for text in (">" * 20_000, "[" * 20_000, "*a " * 20_000, "`" * 20_000, "- " * 5_000):
        draw("{{ text|markdown }}", text=text)
    assert datetime.now(UTC) - started < timedelta(seconds=10)


# drawings


def test_a_sparkline_says_its_numbers() -> None:
    html = draw("{% sparkline values label %}", values=[1, 2.5, 9], label=HOSTILE)
    assert "1, 2.5, 9" in html
    assert "<script" not in html
    assert 'role="img"' in html


def test_a_sparkline_is_level_for_equal_numbers_and_a_dash_for_none() -> None:
    flat = draw("{% sparkline values 'x' %}", values=[0, 0])
    assert "0.0,22.5 90.0,22.5" in flat
    assert draw("{% sparkline values 'x' %}", values=[4])
    assert "no data" in draw("{% sparkline values 'x' %}", values=[])


def test_a_bar_stays_inside_and_names_its_mark() -> None:
    html = draw("{% bar 250 'Share' mark=22 mark_name='2016 study' %}")
    assert 'width="100.0"' in html
    assert "Share: 250, 2016 study 22" in html


def test_a_chart_has_a_table_twin_and_cannot_break_out_of_its_data() -> None:
    data = {
        "labels": ["w1", "w2"],
        "series": [{"name": "</script><b>", "values": [1, None]}],
        "marks": [{"at": 1, "text": "4.18.0"}],
    }
    html = draw("{% chart 'weekly' data 'Tickets per week' %}", data=data)
    assert "</script><b>" not in html
    assert "<td>–</td>" in html
    assert "4.18.0</td>" in html
    scripts = [attrs for tag, attrs in Attributes(html).elements if tag == "script"]
    assert scripts == [{"id": "chart-weekly", "type": "application/json"}]


def test_a_number_card_shows_definition_records_and_n() -> None:
    html = draw(
        "{% number_card label '88 %' definition='How' n=52 percent=88 mark=49 href='/x/' %}",
        label=HOSTILE,
    )
    assert ESCAPED in html
    assert "n=52" in html
    assert 'popovertarget="about-' in html
    assert html.count('href="/x/"') == 2


# boxes, buttons, forms


def test_a_card_escapes_its_title_and_its_variables_but_not_its_markup() -> None:
    html = draw("{% card title=text tone='red' %}<b>{{ text }}</b>{% endcard %}", text=HOSTILE)
    assert "edge-red" in html
    assert "<b>&lt;script" in html
    assert "<script" not in html


def test_an_action_button_posts_with_token_and_hidden_fields() -> None:
    context = RequestContext(request_for(AnonymousUser()), {"text": HOSTILE})
    html = Template("{% action_button '/go/' 'Go' key='r' ticket=text %}").render(context)
    assert 'method="post"' in html
    assert "csrfmiddlewaretoken" in html
    assert 'data-key="r"' in html
    assert f'name="ticket" value="{ESCAPED}' in html


def test_a_button_with_a_question_asks_before_it_posts() -> None:
    html = draw("{% action_button '/go/' 'Revoke' question='Sure?' tone='danger' %}")
    outer, box = html.split("popover role", 1)
    assert "<form" not in outer
    assert "<form" in box
    assert "Sure?" in box


def test_a_field_ties_help_and_error_to_its_control() -> None:
    form = ExampleForm({"title": ""})
    html = draw("{% field form.title %}", form=form)
    control = next(attrs for tag, attrs in Attributes(html).elements if tag == "input")
    described = str(control["aria-describedby"]).split()
    ids = {attrs.get("id") for _, attrs in Attributes(html).elements}
    assert set(described) == {"id_title_helptext", "id_title_error"} <= ids
    assert control["aria-invalid"] == "true"
    assert 'for="id_title"' in html


def test_a_form_lists_its_errors_on_top_and_keeps_what_was_typed() -> None:
    form = ExampleForm({"title": HOSTILE, "kind": "z"})
    form.add_error(None, HOSTILE)
    html = render_to_string(
        "ui/form.html", {"form": form, "submit": "Save"}, request_for(AnonymousUser())
    )
    assert "data-error-summary" in html
    assert 'href="#id_agreed"' in html
    assert "<script>alert" not in html
    assert f'value="{ESCAPED}' in html
    assert "<legend" in html


@pytest.mark.parametrize(
    ("name", "context", "words"),
    [
        (
            "empty",
            {"heading": HOSTILE, "text": HOSTILE, "url": "/x/", "action": HOSTILE},
            "&lt;script",
        ),
        ("page_header", {"heading": HOSTILE, "sub": HOSTILE, "back": "/x/"}, "&lt;script"),
        (
            "pagination",
            {"links": {"next": "?cursor=%3E", "previous": None}, "count": 3},
            'rel="next"',
        ),
        ("progress", {"heading": HOSTILE, "done": 3, "total": 9, "poll": "/p/"}, 'hx-get="/p/"'),
        ("progress", {"heading": "Done", "done": 9, "total": 9}, 'value="9"'),
    ],
)
def test_included_parts_draw_and_escape(name: str, context: dict[str, object], words: str) -> None:
    html = render_to_string(f"ui/{name}.html", context)
    assert words in html
    assert "<script" not in html


def test_a_finished_progress_bar_stops_asking() -> None:
    assert "hx-get" not in render_to_string("ui/progress.html", {"heading": "Done"})


def test_messages_are_escaped_and_errors_are_alerts() -> None:
    messages = [Message(constants.ERROR, HOSTILE), Message(constants.SUCCESS, "Saved")]
    html = render_to_string("ui/messages.html", {"messages": messages})
    assert "<script>alert" not in html
    assert 'role="alert"' in html
    assert 'role="status"' in html


def test_a_query_string_changes_one_value_and_drops_the_cursor() -> None:
    request = request_for(AnonymousUser(), "/tickets/?state=open&q=a%26b&cursor=x")
    render = Template("{% query state=state %}").render
    assert render(Context({"request": request, "state": "closed"})) == "?state=closed&amp;q=a%26b"
    assert render(Context({"request": request, "state": None})) == "?q=a%26b"


# every template of the parts


@pytest.mark.parametrize("path", UI_TEMPLATES, ids=lambda path: path.name)
def test_a_part_says_its_parameters_first_and_obeys_the_content_policy(path: Path) -> None:
    source = path.read_text()
    assert source.startswith("{# ")
    page = Attributes(source)
    assert "style" not in page.names
    assert not [name for name in page.names if name.startswith("on")]
    inline = [attrs for tag, attrs in page.elements if tag == "script" and "src" not in attrs]
    assert inline == []


def test_the_readme_shows_every_tag() -> None:
    readme = (Path(settings.BASE_DIR) / "templates/ui/README.md").read_text()
    tags = Path(settings.BASE_DIR, "core/templatetags/ui.py").read_text().split("@register.")[1:]
    names = [part.split("def ", 1)[1].split("(", 1)[0] for part in tags]
    missing = [name for name in names if name not in readme]
    assert missing == []


def test_a_field_without_a_visible_label_still_says_what_it_is() -> None:
    class Filters(forms.Form):
        words = forms.CharField(label="Words & more")
        state = forms.ChoiceField(label="State <b>", choices=[("", "---------"), ("a", "Alpha")])

    form = Filters()
    html = draw(
        "{% field form.words hide_label=True %}{% field form.state hide_label=True %}", form=form
    )
    assert 'placeholder="Words &amp; more"' in html
    assert ">State &lt;b&gt;: any</option>" in html
    assert html.count("visually-hidden") == 2


@pytest.mark.parametrize(
    ("number", "places", "words"),
    [(3, 0, "+3"), (-0.54, 1, "−0.5"), (0.04, 1, "0.0"), (0, 0, "0"), (None, 0, "–")],
)
def test_a_difference_shows_its_sign(number: float | None, places: int, words: str) -> None:
    assert draw("{{ number|signed:places }}", number=number, places=places) == words


def test_plain_controls_say_what_djangos_say_and_escape_it() -> None:
    area = PlainTextarea(attrs={"rows": 4}).render("it", HOSTILE, {"id": "x"})
    one = PlainInput(kind="date").render("it", "2026-05-06", {"id": "x"})
    group = PlainGroup([("yes", "Yes"), (HOSTILE, HOSTILE)], several=False)
    choices = group.render("it", "yes", {"id": "x"})
    for control in (area, choices):
        assert "<script>alert" not in control
    assert one == '<input id="x" name="it" type="date" value="2026-05-06">'
    assert '<input type="radio" name="it" value="yes" id="x_0" checked> Yes' in choices
    assert PlainInput().render("it", None, {}) == '<input name="it" type="text">'
