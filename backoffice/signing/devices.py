"""What a browser says of itself, in the words of people: Firefox, Windows."""

from __future__ import annotations

from backoffice.foundation.i18n import _

# The first that fits: most say that they are others as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
    ("Werkzeug/", "Werkzeug"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def told(device: str) -> str:
    """Browser and system, as far as they are known."""
    names = [next((name for sign, name in known if sign in device), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in names if name) or _("Unknown device")
