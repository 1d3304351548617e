"""Both sides behind one gunicorn worker: ours at `/`, plain Flask-Admin at `/plain`."""

from __future__ import annotations

import gc

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from backoffice import create_app
from backoffice.foundation.database import engine_options
from benchmarks.plain import create_plain_app

app = create_app({"RATELIMIT_ENABLED": False})
url = app.config["DATABASE_URL"]
application = DispatcherMiddleware(app.wsgi_app, {"/plain": create_plain_app(url, engine_options(url)).wsgi_app})
# As run.py does; it helps both sides.
gc.collect()
gc.freeze()
