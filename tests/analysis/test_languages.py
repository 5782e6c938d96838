"""Which language a text is in, as far as grouping needs to know."""

import pytest

from analysis.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir können uns nicht mehr anmelden und die Seite bleibt leer", "de"),
        ("The page stays empty and we cannot sign in", "en"),
        ("Nous ne pouvons pas ouvrir la page avec notre compte", "fr"),
        ("打印机在二楼无法打印", "zh"),
        ("Не могу войти в систему", "ru"),
        ("ORA-00942", ""),
    ],
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) == language
