"""The commands of the demo where there is none."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from tests.conftest import Cast
from tests.make.tickets import make_ticket


@pytest.mark.django_db
def test_a_desk_with_tickets_is_left_alone(cast: Cast) -> None:
    make_ticket(cast.rob)
    houses = Organisation.objects.count()
    with pytest.raises(CommandError, match="--add"):
        call_command("seed_demo", stdout=StringIO())
    assert Organisation.objects.count() == houses


@pytest.mark.django_db
def test_a_bad_moment_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="not a moment"):
        call_command("seed_demo", now="tomorrow", stdout=StringIO())


@pytest.mark.django_db
def test_no_address_is_printed_without_the_demo(cast: Cast) -> None:
    out = StringIO()
    call_command("demo_logins", "--line", stdout=out)
    assert out.getvalue() == ""
