"""Keeping a secret that has to be used again, such as the token of another system."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from core.errors import DomainError


class Unreadable(DomainError):
    """A sealed text that no known key opens: damaged, or of another installation."""


def seal(text: str, *, purpose: str) -> str:
    """The text made unreadable without SECRET_KEY (AES with HMAC-SHA256); empty stays empty.

    What was sealed for one purpose cannot be opened for another.
    """
    return _keys(purpose).encrypt(text.encode()).decode("ascii") if text else ""


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed, under SECRET_KEY or one of SECRET_KEY_FALLBACKS; raises Unreadable when it
    was not sealed by this installation.
    """
    if not sealed:
        return ""
    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(
            "A stored secret cannot be read: it is damaged, or was kept under another SECRET_KEY. "
            "Enter it again."
        ) from error


def _keys(purpose: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_key(purpose, one)) for one in secrets])


def _key(purpose: str, secret: str) -> bytes:
    made = salted_hmac(f"core.secrecy:{purpose}", b"", secret, algorithm="sha256")
    return urlsafe_b64encode(made.digest())
