"""The shared files in the back office."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from flask import Response, abort, current_app, flash, jsonify, make_response, redirect, request, send_file, url_for
from flask_admin import BaseView, expose

from backoffice.admin.guard import Guarded
from backoffice.files import operations
from backoffice.files.entries import Entry
from backoffice.files.storage import Storage
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError, StaleRecord
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can
from backoffice.site.requests import is_script, present_actor

#: One file at most, and all together, in bytes.
MOST_BYTES = 16 * 1024 * 1024
QUOTA_BYTES = 10 * 1024**3
#: More entries than this are not shown on one page.
MOST_SHOWN = 1000
PREVIEW_SIZE = 360


class FilesView(Guarded, BaseView):
    """The file system below `instance/files`: uploads, folders, previews, downloads that can run nothing."""

    resource = "file"
    icon = "folder"
    verbs = frozenset({"view", "edit", "delete"})
    endpoint_verbs = {
        "index_view": "view",
        "download": "view",
        "preview": "view",
        "upload": "edit",
        "mkdir": "edit",
        "rename": "edit",
        "edit": "edit",
        "action_view": "edit or delete",
    }

    def __init__(self) -> None:
        super().__init__(name=_l("Files"), endpoint="file", url="/admin/file")
        root = Path(current_app.config["INSTANCE"]) / "files"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.storage = Storage(root, MOST_BYTES, QUOTA_BYTES)

    @expose("/")
    @expose("/b/<path:path>")
    def index_view(self, path: str = "") -> Any:
        """What a folder holds."""
        actor = present_actor()
        home = operations.home_of(actor) or ""
        if not path and home:
            operations.make_home(self.storage, actor)
            return redirect(url_for(".index_view", path=home))
        operations.check_reach(actor, Can.FILE_VIEW, path)
        entries = self.storage.list(path)
        files = [entry for entry in entries if not entry.is_dir]
        return self.render(
            "admin/house/files.html",
            path=path,
            crumbs=_crumbs(path, home),
            entries=entries[:MOST_SHOWN],
            hidden_count=max(0, len(entries) - MOST_SHOWN),
            folder_count=len(entries) - len(files),
            file_count=len(files),
            size=sum(entry.size for entry in files),
            most_bytes=MOST_BYTES,
        )

    @expose("/download/<path:path>")
    def download(self, path: str) -> Response:
        """A file, as an attachment in which nothing can run."""
        operations.check_reach(present_actor(), Can.FILE_VIEW, path)
        entry = self._file(path)
        response = send_file(
            self.storage.open(path),
            mimetype=entry.content_type,
            as_attachment=True,
            download_name=entry.name,
            last_modified=entry.modified,
            max_age=0,
        )
        return _harmless(response)

    @expose("/preview/<path:path>")
    def preview(self, path: str) -> Response:
        """A small picture of a picture, encoded anew."""
        operations.check_reach(present_actor(), Can.FILE_VIEW, path)
        self._file(path)
        response = make_response(self.storage.thumbnail(path, PREVIEW_SIZE))
        response.mimetype = "image/webp"
        response.headers["Cache-Control"] = "private, max-age=3600"
        return _harmless(response)

    @expose("/upload/", methods=("POST",))
    def upload(self) -> Any:
        """Files of a form, each kept or refused by itself."""
        folder = request.form.get("path", "")
        given = [each for each in request.files.getlist("file") if each.filename]
        if not given:
            return self._answer(folder, [], [_("Choose a file first.")])
        kept, refused = [], []
        for each in given:
            try:
                with unit_of_work():
                    entry = operations.upload(
                        self.storage, folder, each.filename or "", cast(BinaryIO, each.stream), actor=present_actor()
                    )
                kept.append(entry.name)
            except DomainError as error:
                refused.append(f"{each.filename}: {error.message}")
        done = [_n("%(num)s file kept.", "%(num)s files kept.", len(kept))] if kept else []
        return self._answer(folder, done, refused)

    @expose("/mkdir/", methods=("POST",))
    def mkdir(self) -> Any:
        """A new folder."""
        folder, name = request.form.get("path", ""), request.form.get("name", "")
        make = operations.make_folder
        return self._try(
            folder,
            lambda: make(self.storage, folder, name, actor=present_actor()),
            lambda entry: _("Made: %(title)s.", title=entry.name),
        )

    @expose("/rename/", methods=("GET", "POST"))
    def rename(self) -> Any:
        """Another name for a file or folder."""
        path = request.values.get("path", "")
        operations.check_reach(present_actor(), Can.FILE_EDIT, path)
        entry = self.storage.entry(path)
        if request.method == "GET":
            return self.render("admin/house/file_rename.html", entry=entry, name=entry.name, error=None)
        try:
            with unit_of_work():
                name = request.form.get("name", "")
                renamed = operations.rename(self.storage, path, name, actor=present_actor())
        except DomainError as error:
            page = self.render("admin/house/file_rename.html", entry=entry, name=name[:300], error=str(error.message))
            return page, error.status
        flash(_("Renamed: %(title)s.", title=renamed.name), "success")
        return redirect(self._address(_folder_of(path)))

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self) -> Any:
        """The text of a small text file."""
        path = request.values.get("path", "")
        operations.check_reach(present_actor(), Can.FILE_EDIT, path)
        found = self.storage.read_text(path)
        if request.method == "GET":
            return self.render("admin/house/file_edit.html", file=found, text=found.text, version=found.version)
        text = request.form.get("text", "").replace("\r\n", "\n")
        version = request.form.get("overwrite") or request.form.get("version", "")
        try:
            with unit_of_work():
                operations.edit_text(self.storage, path, text, version, actor=present_actor())
        except DomainError as error:
            page = self.render(
                "admin/house/file_edit.html",
                file=found,
                text=text,
                version=version,
                error=str(error.message),
                theirs=found.text if isinstance(error, StaleRecord) else None,
            )
            return page, error.status
        flash(_("Saved: %(title)s.", title=found.entry.name), "success")
        return redirect(self._address(_folder_of(path)))

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Delete or move what is ticked."""
        folder = request.form.get("path", "")
        action = request.form.get("action")
        paths = list(dict.fromkeys(request.args.getlist("rowid") or request.form.getlist("rowid")))[:MOST_SHOWN]
        if action not in ("delete", "move"):
            abort(400)
        self.require("delete" if action == "delete" else "edit")
        if not paths:
            return self._answer(folder, [], [_("Tick at least one line first.")])
        done, refused = 0, []
        for path in paths:
            try:
                with unit_of_work():
                    if action == "delete":
                        operations.delete(self.storage, path, actor=present_actor())
                    else:
                        target = request.form.get("target", "").strip().strip("/")
                        operations.move(self.storage, path, target, actor=present_actor())
                done += 1
            except DomainError as error:
                refused.append(f"{path}: {error.message}")
        words = (
            _n("%(num)s deleted.", "%(num)s deleted.", done)
            if action == "delete"
            else _n("%(num)s moved.", "%(num)s moved.", done)
        )
        return self._answer(folder, [words] if done else [], refused)

    def _file(self, path: str) -> Entry:
        entry = self.storage.entry(path)
        if entry.is_dir:
            abort(404)
        return entry

    def _try(self, folder: str, act: Callable[[], Entry], sentence: Callable[[Entry], str]) -> Any:
        try:
            with unit_of_work():
                entry = act()
        except DomainError as error:
            return self._answer(folder, [], [str(error.message)])
        return self._answer(folder, [sentence(entry)], [])

    def _answer(self, folder: str, done: list[str], refused: list[str]) -> Any:
        if is_script():
            return jsonify(message=" ".join(done), refused=refused), 200 if done else 422
        for sentence in done:
            flash(sentence, "success")
        for sentence in refused[:10]:
            flash(sentence, "error")
        return redirect(self._address(folder))

    def _address(self, folder: str) -> str:
        return url_for(".index_view", path=folder) if folder else url_for(".index_view")


def _harmless(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _crumbs(path: str, home: str) -> list[tuple[str, str]]:
    """Names and paths of the folders above, down from where the person's reach begins."""
    parts = path.split("/") if path else []
    start = len(home.split("/")) if home else 0
    return [(parts[index], "/".join(parts[: index + 1])) for index in range(start, len(parts))]


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]
