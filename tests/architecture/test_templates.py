"""Templates: the house rules that a linter does not know."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_script_or_style_stands_in_a_page(name: str) -> None:
    """The content security policy would refuse it in the browser, silently."""
    text = (ROOT / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"<style\b|\sstyle=|\son(click|change|submit|load|input)=", text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_extends_comes_first_and_blocks_end_by_name(name: str) -> None:
    text = (ROOT / name).read_text()
    if "{% extends" in text:
        # A comment may stand above it; anything else would be lost.
        assert re.sub(r"\A(\s*{#.*?#})*\s*", "", text).startswith("{% extends")
    assert not re.search(r"{%\s*endblock\s*%}", text)


def test_every_template_named_in_code_exists() -> None:
    named = set()
    for app in Path(settings.BASE_DIR).iterdir():
        if (app / "apps.py").exists():
            for path in app.rglob("*.py"):
                named |= set(re.findall(r'"([a-z_]+/[a-z_/]+\.(?:html|txt))"', path.read_text()))
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing == []


DOCS = [Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").rglob("*.md")]


@pytest.mark.parametrize("document", DOCS, ids=str)
def test_links_in_the_documentation_lead_somewhere(document: Path) -> None:
    base = Path(settings.BASE_DIR)
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (base / document).read_text())
    broken = [link for link in links if not ((base / document).parent / link).exists()]
    assert broken == []
