"""Forms without a session: they carry nobody's authority, so no token is needed, but other sites must not fill them in through visitors.

A token would need a cookie, which residents' pages do not set. Browsers say themselves where a form came from: ``Sec-Fetch-Site`` (W3C Fetch
Metadata), older ones ``Origin`` (RFC 6454). Programs say nothing and are bounded by the limits of the form.
"""

from urllib.parse import urlsplit

from flask import request

from disaster.core.errors import Forbidden


def check() -> None:
    """Refuse a form that another site sent.

    Raises:
        Forbidden: the browser says that it came from elsewhere.
    """
    if request.method != "POST":
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in ("same-origin", "none") if site else bool(origin) and urlsplit(origin).netloc != request.host
    if foreign:
        raise Forbidden("ほかのサイトからの送信は受け付けられません。このサイトの画面から、もう一度入力してください。")
