"""A burst of tries at the same moment counts each of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory

from accounts.signin import TRIES, TooManyTriesError, WrongCredentialsError, check_credentials


def _try(_: int) -> str:
    try:
        check_credentials(
            RequestFactory().post("/login/"), email="ann@house.example", password="no"
        )
    except (TooManyTriesError, WrongCredentialsError) as error:
        return type(error).__name__
    finally:
        connection.close()
    return "signed in"


@pytest.mark.django_db(transaction=True)
def test_fifty_tries_at_once_look_at_ten_passwords() -> None:
    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = list(pool.map(_try, range(50)))
    assert answers.count("WrongCredentialsError") == TRIES
    assert answers.count("TooManyTriesError") == 50 - TRIES
