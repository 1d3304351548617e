"""`ManagedView`: what every list-and-form page of the back office inherits, in small mixins with one concern each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from flask import abort, jsonify, request
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import Select

from backoffice.admin.attending import Attended
from backoffice.admin.columns import Formatter, column_of
from backoffice.admin.converter import HouseConverter, HouseForm
from backoffice.admin.exporting import Exported
from backoffice.admin.guard import Guarded
from backoffice.admin.listing import Listed
from backoffice.admin.lookups import LONGEST_TYPED, Loader, Picker
from backoffice.admin.operating import Operable
from backoffice.admin.saving import Saving
from backoffice.admin.scope import Scoped
from backoffice.admin.selecting import Selecting
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _
from backoffice.foundation.search import Searchable
from backoffice.foundation.text import clean_line


class ManagedView(Guarded, Scoped, Listed, Saving, Attended, Exported, Operable, Selecting, ModelView):
    """The list and the forms of one model. Subclasses declare; a test refuses anything else in them.

    Required: `model`, `column_list`, and `form_columns` where the verbs `create` or `edit` are among `verbs`.
    """

    model: Any = None
    #: The last part of its address where that is not the word for one record.
    place: ClassVar[str | None] = None
    title: Any = None
    icon: ClassVar[str] = "list"
    #: The key after `g` that leads there; chosen from its name unless said.
    go: ClassVar[str | None] = None
    #: A sentence under the title of the list.
    lede: ClassVar[Any] = None
    #: What an empty list says.
    empty: ClassVar[Any] = None
    #: What the button for a new record says, which is the title of its form too.
    adding: ClassVar[Any] = None
    #: A named query of what waits for a person here; the sidebar counts it within the scope of the view.
    waiting: ClassVar[Callable[[Any], Select[Any]] | None] = None
    verbs: ClassVar[frozenset[str] | set[str]] = frozenset({"view", "create", "edit", "delete", "export"})
    endpoint_verbs: ClassVar[Mapping[str, str]] = {
        "index_view": "view",
        "details_view": "view",
        "action_view": "view",
        "all_view": "view",
        "ajax_lookup": "create or edit",
        "create_view": "create",
        "edit_view": "edit",
        "presence_view": "edit",
        "delete_view": "delete",
        "export": "export",
    }
    #: Columns of rich text, edited with CKEditor.
    rich_text: ClassVar[Sequence[str]] = ()
    #: Named queries that say which records a relation may point to.
    choosing: ClassVar[Mapping[str, Callable[[], Select[Any]]]] = {}
    #: Ways to say the stored value of a column in words, in the list and on the page of a record.
    in_words: ClassVar[Mapping[str, Formatter]] = {}
    #: Columns that the cells of the list read besides their own.
    reads: ClassVar[Sequence[str]] = ()

    #: What may be filtered, and what a plain search looks into; the names of a record unless said.
    column_filters: Any = ()
    column_searchable_list: Any = ()
    column_default_sort: Any = None
    column_details_list: Any = None
    column_export_list: Any = None
    form_columns: Any = ()
    form_base_class = HouseForm
    model_form_converter = HouseConverter
    can_view_details = True
    list_template = "admin/house/list.html"
    details_template = "admin/house/details.html"
    page_size = 50
    column_labels: Any
    can_create = property(lambda self: self.permits("create"))
    can_edit = property(lambda self: self.permits("edit"))
    can_delete = property(lambda self: self.permits("delete"))
    can_export = property(lambda self: self.permits("export"))

    def __init__(self) -> None:
        if not self.column_list or ({"create", "edit"} & set(self.verbs) and not self.form_columns):
            raise TypeError(f"{type(self).__name__} has to say its column_list and form_columns")
        self.resource = self.model.resource
        self.pickers = {name: Picker(query) for name, query in self.choosing.items()}
        self.form_ajax_refs = {name: Loader(name, picker) for name, picker in self.pickers.items()}
        self.column_labels = {prop.key: column_of(self.model, prop.key).label for prop in self.model.__mapper__.attrs}
        self.column_descriptions = {
            column.key: hint
            for column in self.model.__mapper__.column_attrs
            if (hint := column.columns[0].info.get("hint"))
        }
        for name in {
            *self.column_list,
            *(self.column_filters or ()),
            *(self.form_columns or ()),
        }:
            if name in self.model.__mapper__.attrs and column_of(self.model, name).is_secret:
                raise TypeError(f"{type(self).__name__} would show the secret column {name}")
        if not self.column_searchable_list and not issubclass(self.model, Searchable):
            self.column_searchable_list = tuple(self.model.named_by)
        super().__init__(self.model, db, name=self.title or self.model.plural, endpoint=self.place or self.resource)

    def list_needs(self) -> Sequence[str]:
        """Columns that the cells of the list read besides their own."""
        return self.reads

    @property
    def adding_text(self) -> str:
        """What the button for a new record says."""
        return str(self.adding) if self.adding else _("New: %(kind)s", kind=self.model.singular)

    def init_search(self) -> bool:
        """Whether there is a search box; the search itself is ours."""
        return self.is_searchable

    def get_filters(self) -> None:
        """None of Flask-Admin's; `all_filters` has ours."""

    def scaffold_auto_joins(self) -> list[Any]:
        """None: `lean` says what is loaded with a list."""
        return []

    def scaffold_sortable_columns(self) -> dict[str, Any]:
        """None of Flask-Admin's; `sortable` has ours."""
        return {}

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        """Records a relation may point to that fit what is typed: what stands for each, and its name."""
        loader = self._form_ajax_refs.get(request.args.get("name", ""))
        if loader is None:
            abort(404)
        typed = clean_line(request.args.get("query"))[:LONGEST_TYPED]
        return jsonify([{"id": handle, "text": title} for handle, title in map(loader.format, loader.get_list(typed))])
