"""The shared files in the back office."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, cast

from flask import Response, abort, flash, jsonify, make_response, redirect, request, send_file, url_for
from flask_admin import BaseView, expose

from backoffice.admin.attending import attend, heartbeat, last_entry, left
from backoffice.admin.guard import Guarded
from backoffice.admin.merging import words_changed
from backoffice.admin.undoing import present_batch, say_done
from backoffice.files import operations
from backoffice.files.entries import Entry
from backoffice.files.errors import FileChanged
from backoffice.files.merging import TextMerge, merge_text, plain
from backoffice.files.shared import MOST_BYTES, the_files
from backoffice.files.storage import Storage
from backoffice.foundation.errors import DomainError, NotFound
from backoffice.foundation.i18n import _, _l, _n
from backoffice.foundation.permissions import Can
from backoffice.foundation.text import clean_line, shortened
from backoffice.records.audit import AuditEntry
from backoffice.records.presences import others
from backoffice.site.access import uncounted
from backoffice.site.requests import is_script, present_actor

#: More entries than this are not shown on one page.
MOST_SHOWN = 1000
PREVIEW_SIZE = 360
#: Refusals told one by one after a form, and the characters of a name in each.
MOST_TOLD = 5
LONGEST_TOLD = 60
#: A text is brought together with what others save meanwhile so often before somebody has to look.
MOST_MERGES = 5
#: Characters of a name that a form shows again.
LONGEST_TYPED = 300


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
        "presence_view": "edit",
        "action_view": "edit or delete",
    }

    def __init__(self) -> None:
        super().__init__(name=_l("Files"), endpoint="file", url="/admin/file")

    @property
    def storage(self) -> Storage:
        """The files that people share."""
        return the_files()

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
        )
        response.headers["Cache-Control"] = "private, no-cache"
        return _harmless(response)

    @expose("/preview/<path:path>")
    def preview(self, path: str) -> Response:
        """A small picture of a picture, encoded anew; its address carries the moment of the last change."""
        operations.check_reach(present_actor(), Can.FILE_VIEW, path)
        self._file(path)
        response = make_response(self.storage.thumbnail(path, PREVIEW_SIZE))
        response.mimetype = "image/webp"
        response.headers["Cache-Control"] = "private, max-age=3600"
        return _harmless(response)

    @expose("/upload/", methods=("POST",))
    def upload(self) -> Any:
        """Files of a form, each kept or refused by itself."""
        folder = self._folder(Can.FILE_EDIT)
        given = [each for each in request.files.getlist("file") if each.filename]
        if not given:
            return self._answer(folder, [], [(422, _("Choose a file first."))])
        kept, refused = 0, []
        actor, replace = present_actor(), bool(request.form.get("replace"))
        for each in given:
            name, stream = each.filename or "", cast(BinaryIO, each.stream)
            try:
                operations.upload(self.storage, folder, name, stream, actor=actor, replace=replace)
                kept += 1
            except DomainError as error:
                refused.append(_refusal(name, error))
        _check_something_is_there(kept, refused)
        done = [_n("%(num)s file kept.", "%(num)s files kept.", kept)] if kept else []
        if done and is_script() and request.form.get("only"):
            say_done(done[0])
        return self._answer(folder, done, refused)

    @expose("/mkdir/", methods=("POST",))
    def mkdir(self) -> Any:
        """A new folder."""
        folder, name = self._folder(Can.FILE_EDIT), request.form.get("name", "")
        try:
            made = operations.make_folder(self.storage, folder, name, actor=present_actor())
        except NotFound:
            raise
        except DomainError as error:
            return self._answer(folder, [], [(error.status, str(error.message))])
        return self._answer(folder, [_("Made: %(title)s.", title=made.name)], [])

    @expose("/rename/", methods=("GET", "POST"))
    def rename(self) -> Any:
        """Another name for a file or folder."""
        path = request.values.get("path", "")
        operations.check_below(present_actor(), Can.FILE_EDIT, path)
        entry = self.storage.entry(path)
        folder = _folder_of(path)
        if request.method != "POST":
            return self.render("admin/house/file_rename.html", entry=entry, folder=folder, name=entry.name, error=None)
        name = request.form.get("name", "")
        try:
            renamed = operations.rename(self.storage, path, name, actor=present_actor())
        except NotFound:
            raise
        except DomainError as error:
            sentence = str(error.message)
            if is_script():
                return self._answer(folder, [], [(error.status, sentence)])
            page = self.render(
                "admin/house/file_rename.html", entry=entry, folder=folder, name=name[:LONGEST_TYPED], error=sentence
            )
            return page, error.status
        return self._answer(folder, [_("Renamed: %(title)s.", title=renamed.name)], [])

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self) -> Any:
        """The text of a small text file."""
        path = request.values.get("path", "")
        operations.check_reach(present_actor(), Can.FILE_EDIT, path)
        if request.method != "POST":
            found = self.storage.read_text(path)
            return self._edit_page(path, found.text, found.version)
        if "text" not in request.form:
            abort(400)
        text, version = plain(request.form["text"]), request.form.get("version", "")
        try:
            text = self._chosen(path, text, version)
            merged = self._save_text(path, text, version)
        except DomainError as error:
            # Whatever became of the file, the text that was typed is shown again.
            return self._edit_page(path, text, version, error)
        if merged is not None and merged.clashes:
            return self._edit_page(path, merged.text(), merged.version, FileChanged(_name_of(path)), merged, text)
        done = _("Saved: %(title)s.", title=_name_of(path))
        if merged is not None:
            done += " " + _("It holds what %(name)s changed meanwhile as well.", name=merged.who or _("somebody else"))
        return self._answer(_folder_of(path), [done], [])

    @expose("/presence/", methods=("POST",))
    @uncounted
    def presence_view(self) -> Any:
        """The heartbeat of the form of a text, as of the form of any record."""
        path = request.args.get("path", "")
        operations.check_reach(present_actor(), Can.FILE_EDIT, path)
        if "left" in request.form:
            return left(self.resource, _key_of(path))
        version, saved = self.storage.read_text(path).version, None
        if request.form.get("version", version) != version:
            saved = last_entry(AuditEntry.target_type == self.resource, AuditEntry.target_title == path[:200])
        found = others(self.resource, _key_of(path), actor=present_actor())
        return heartbeat(self.resource, _key_of(path), found, saved)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Delete or move what is ticked, each by itself."""
        action = request.form.get("action")
        if action not in ("delete", "move"):
            abort(400)
        self.require("delete" if action == "delete" else "edit")
        can, actor = Can.FILE_DELETE if action == "delete" else Can.FILE_EDIT, present_actor()
        folder = self._folder(Can.FILE_VIEW)
        paths = list(dict.fromkeys(request.args.getlist("rowid") or request.form.getlist("rowid")))
        if not paths:
            return self._answer(folder, [], [(422, _("Tick at least one line first."))])
        if len(paths) > MOST_SHOWN:
            return self._answer(folder, [], [(422, _("At most %(num)s at once. Tick fewer.", num=MOST_SHOWN))])
        for path in paths:
            operations.check_below(actor, can, path)
        target = self._target() if action == "move" else ""
        if target is None:
            typed = shortened(clean_line(request.form.get("target")), LONGEST_TOLD)
            return self._answer(folder, [], [(404, _("There is no folder %(name)s.", name=typed))])
        done, refused = 0, []
        for path in paths:
            try:
                if action == "delete":
                    operations.delete(self.storage, path, actor=actor)
                else:
                    operations.move(self.storage, path, target, actor=actor)
                done += 1
            except DomainError as error:
                refused.append(_refusal(_name_of(path), error))
        _check_something_is_there(done, refused)
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

    def _folder(self, can: Can) -> str:
        """The folder the form belongs to; 404 beyond the reach of the person."""
        folder = request.form.get("path", "")
        operations.check_reach(present_actor(), can, folder)
        return folder

    def _target(self) -> str | None:
        """The folder to move to, typed as seen from where the reach of the person begins; None if there is none."""
        path = request.form.get("target", "").strip().strip("/")
        home = operations.home_of(present_actor(), Can.FILE_EDIT)
        if home and path != home and not path.startswith(f"{home}/"):
            path = f"{home}/{path}" if path else home
        try:
            operations.check_reach(present_actor(), Can.FILE_EDIT, path)
            return path if not path or self.storage.entry(path).is_dir else None
        except NotFound:
            return None

    def _save_text(self, path: str, text: str, version: str) -> TextMerge | None:
        """Save a text; None if it went as it is, else how it was brought together with what others saved, which is
        saved as well unless there are clashes."""
        merged: TextMerge | None = None
        for _attempt in range(MOST_MERGES):
            try:
                operations.edit_text(self.storage, path, text, version, actor=present_actor())
                return merged
            except FileChanged:
                merged = merge_text(self.storage, path, version, text)
                if merged.clashes:
                    return merged
                text, version = merged.text(), merged.version
        raise FileChanged(_name_of(path))

    def _chosen(self, path: str, text: str, version: str) -> str:
        """What the person chose on the page that puts two texts side by side; what she typed there counts first."""
        if "base" not in request.form:
            return text
        merged = merge_text(self.storage, path, request.form["base"], plain(request.form.get("mine", "")))
        if merged.version != version or merged.text() != text:
            return text
        return merged.text(lambda number: request.form.get(f"keep.{number}", "mine"))

    def _edit_page(
        self,
        path: str,
        text: str,
        version: str,
        error: DomainError | None = None,
        merged: TextMerge | None = None,
        mine: str = "",
    ) -> Any:
        if error is not None and is_script():
            return self._answer(_folder_of(path), [], [(error.status, str(error.message))])
        address = url_for(".presence_view", path=path)
        page = self.render(
            "admin/house/file_edit.html",
            attendance=None if isinstance(error, NotFound) else attend(self.resource, _key_of(path), address),
            path=path,
            name=_name_of(path),
            folder=_folder_of(path),
            text=text,
            version=version,
            error=str(error.message) if error else None,
            merged=merged,
            mine=mine,
            words=words_changed,
        )
        return page, error.status if error else 200

    def _answer(self, folder: str, done: list[str], refused: list[tuple[int, str]]) -> Any:
        """Sentences about what was done, and statuses with sentences about what was not: JSON for a script, else the
        list of the folder again."""
        sentences = [sentence for _status, sentence in refused]
        if is_script():
            statuses = {status for status, _sentence in refused}
            status = 200 if done else statuses.pop() if len(statuses) == 1 else 422
            return jsonify(message=" ".join(done), refused=sentences, undo=present_batch() if done else None), status
        if done:
            say_done(" ".join(done))
        # They travel in a cookie, which browsers drop when it grows beyond four kilobytes.
        for sentence in sentences[:MOST_TOLD]:
            flash(sentence, "error")
        if (more := len(sentences) - MOST_TOLD) > 0:
            flash(_n("%(num)s more was refused.", "%(num)s more were refused.", more), "error")
        return redirect(url_for(".index_view", path=folder) if folder else url_for(".index_view"))


def _key_of(path: str) -> str:
    """What stands for a file where records have their number."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()


def _harmless(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _refusal(name: str, error: DomainError) -> tuple[int, str]:
    return error.status, f"{shortened(clean_line(name), LONGEST_TOLD)}: {error.message}"


def _check_something_is_there(done: int, refused: list[tuple[int, str]]) -> None:
    """Who asks for nothing but what is not there gets the same answer as everywhere."""
    if not done and refused and all(status == NotFound.status for status, _sentence in refused):
        raise NotFound


def _crumbs(path: str, home: str) -> list[tuple[str, str]]:
    """Names and paths of the folders above, down from where the person's reach begins."""
    parts = path.split("/") if path else []
    start = len(home.split("/")) if home else 0
    return [(parts[index], "/".join(parts[: index + 1])) for index in range(start, len(parts))]


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]
