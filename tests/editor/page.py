"""A page with nothing but the editor, served as strictly as the product serves its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

STATIC = Path(__file__).resolve().parents[2] / "backoffice" / "static"
NONCE = "only-this-page"
POLICY = (
    f"default-src 'none'; script-src 'self' 'nonce-{NONCE}'; style-src 'self' 'nonce-{NONCE}'; "
    "img-src 'self' https: data:; font-src 'self'; connect-src 'self'; frame-src https://www.youtube-nocookie.com; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

EDITOR = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>A post</title>
<link rel="icon" href="/static/admin/icons.svg">
<link rel="stylesheet" href="/static/admin/tokens.css">
<link rel="stylesheet" href="/static/admin/backoffice.css">
<link rel="stylesheet" href="/static/vendor/ckeditor/ckeditor5.css">
<link rel="stylesheet" href="/static/admin/editor.css">
<script type="module" nonce="{nonce}" src="/static/admin/js/editor.js"></script>
</head><body><main><h1>A post</h1><form id="form" method="post" action="/saved">
<label id="label" for="body">Text of the post</label>
<textarea id="body" name="body" required data-editor="{editor}">{text}</textarea>
<label for="next">Next</label><input id="next" name="next"><button class="bo-btn" id="save">Save</button>
</form></main></body></html>"""

VIDEO = """<!doctype html><html lang="en"><head><title>A video</title><link rel="icon" href="/static/admin/icons.svg">
<script type="module" nonce="{nonce}" src="/static/site/video.js"></script></head><body>
<figure class="media" data-video="dQw4w9WgXcQ"><a id="link" href="/saved">Play the film of the quay</a></figure>
</body></html>"""


class Page(BaseHTTPRequestHandler):
    """Answers `/` with the editor, `/video` with a video, `/saved` with what was posted."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The pages and the files of the product they ask for."""
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        file = STATIC / address.path.removeprefix("/static/")
        if address.path == "/":
            lang = asked.get("lang", "en")
            self.answer(
                EDITOR.format(
                    lang=lang,
                    dir="rtl" if lang == "ar" else "ltr",
                    nonce=NONCE,
                    editor=asked.get("editor", "/static/vendor/ckeditor/ckeditor5.js"),
                    text=escape(asked.get("text", "")),
                ).encode()
            )
        elif address.path == "/video":
            self.answer(VIDEO.format(nonce=NONCE).encode())
        elif address.path.startswith("/static/") and file.is_file():
            self.answer(file.read_bytes(), TYPES.get(file.suffix, "text/plain"))
        else:
            self.answer(b"", status=404)

    def do_POST(self) -> None:
        """What a form has sent, as JSON."""
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(json.dumps(parse_qs(sent, keep_blank_values=True)).encode(), "text/plain")

    def answer(self, body: bytes, kind: str = "text/html", status: int = 200) -> None:
        """One complete answer under the policy."""
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served() -> Iterator[str]:
    """The address of the page while it is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
