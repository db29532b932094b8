"""Sessions of the console: the cookie that carries one, and the proof that a form came from our own page.

The cookie holds a random secret whose hash is in the store, so that signing out and revoking work at once. It is
HttpOnly and SameSite=Strict; over HTTPS it is also Secure and named `__Host-…`, which binds it to this host. The CSRF
token is an HMAC keyed with that secret: a page carries it, the cookie proves it, nothing needs to be stored, and a
session that has ended takes its forms with it (OWASP: signed double submit, bound to the session).
"""

import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import Response

from detector.store.protocols import Credential
from serve.access import Kind, holder
from serve.parts import Parts, now_of, parts_of

_PLAIN = "hrd"
_HOST = "__Host-hrd"
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"


def cookie_name(parts: Parts) -> str:
    """The cookie's name: with the `__Host-` prefix where cookies are for HTTPS only."""
    return _HOST if parts.secure_cookies else _PLAIN


def session_secret(request: Request) -> str:
    """What the cookie holds, or ""."""
    return request.cookies.get(cookie_name(parts_of(request)), "")


def session(request: Request) -> Credential | None:
    """Whose session this is, or None where nobody is signed in."""
    secret = session_secret(request)
    return holder(parts_of(request).store, secret, Kind.SESSION, now=now_of(request)) if secret else None


def set_cookie(response: Response, parts: Parts, secret: str) -> None:
    """Hand out a session. It ends with the browser, or earlier where the store says so."""
    name, secure = cookie_name(parts), parts.secure_cookies
    response.set_cookie(name, secret, path="/", secure=secure, httponly=True, samesite="strict")


def clear_cookie(response: Response, parts: Parts) -> None:
    """Take the session back."""
    response.delete_cookie(cookie_name(parts), path="/", secure=parts.secure_cookies, httponly=True, samesite="strict")


def csrf_token(request: Request) -> str:
    """The token that every form of the present session carries in the field `csrf` (43 characters; "" signed out)."""
    secret = session_secret(request)
    if not secret:
        return ""
    return hmac.new(secret.encode("utf-8", "replace"), b"hrd-detector csrf", hashlib.sha256).hexdigest()


def is_cross_site(request: Request) -> bool:
    """Whether the browser says that another site sent this request.

    Only what the browser says is used: `Origin` is "null" under our own no-referrer policy, and so tells nothing.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def is_our_form(request: Request, sent: str) -> bool:
    """Whether a form's token belongs to the present session."""
    expected = csrf_token(request)
    return bool(expected) and hmac.compare_digest(expected.encode(), sent.encode("utf-8", "replace"))
