"""The list: what the address asks for, the page that answers it, and a fixed number of queries whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from flask import request, url_for
from flask_admin import expose
from sqlalchemy import Select, false, func, inspect, or_
from sqlalchemy.orm import defer, joinedload, selectinload
from werkzeug.datastructures import MultiDict

from backoffice.admin import filters
from backoffice.admin.columns import Cell, Column, Formatter, column_of, shortened_cell
from backoffice.admin.operating import Button, Buttons
from backoffice.admin.paging import MOST_COUNTED, Order, Page, capped_count, page_of
from backoffice.admin.parts import Part
from backoffice.admin.seen import now_seen
from backoffice.foundation.database import UTCDateTime, db
from backoffice.foundation.permissions import ALL, Can, reach_of
from backoffice.foundation.search import MOST_MATCHES, Searchable, matching, words_of
from backoffice.foundation.text import clean_line
from backoffice.site.requests import present_actor

PAGE_SIZES = (20, 50, 100)
#: `page=N` walks; further than this nobody pages by number.
MOST_PAGES = 200
LONGEST_SEARCH = 200
MOST_TERMS = 10
#: The parts of an address that say what is listed and how, besides the filters; links within the list keep them.
KEPT = ("search", "sort", "desc", "page_size", "lang")


class Row(NamedTuple):
    """One line of the list: a record by number and title, its status, the page it opens, its cells and its buttons."""

    id: int
    title: str
    status: str
    page: str
    cells: list[Cell]
    buttons: tuple[Button, ...]


@dataclass
class Listing:
    """What a list page shows."""

    rows: list[Row]
    count: int
    first: int
    page: Page
    columns: list[Column]
    sort: str
    descending: bool
    search: str
    size: int
    filters: list[filters.Filter]
    pills: list[tuple[str, Any, str]] = field(default_factory=list)
    is_narrowed: bool = False
    is_full_text: bool = False
    most_counted: int = MOST_COUNTED

    @property
    def is_capped(self) -> bool:
        """Whether there are more than are counted."""
        return self.count > self.most

    @property
    def most(self) -> int:
        """How far is counted; of a full-text search only the newest so many are listed at all."""
        return MOST_MATCHES if self.is_full_text else self.most_counted


class Listed(Part):
    """Gives a view its list page."""

    model: Any
    column_list: Sequence[str]
    column_filters: Sequence[str]
    column_searchable_list: Sequence[str]
    column_default_sort: Any
    cells: ClassVar[dict[str, Any]] = {}
    in_words: ClassVar[Mapping[str, Formatter]]
    list_template: str
    page_size: int
    #: Counting stops here; fewer where two filters at once would read very much to find so many.
    most_counted: ClassVar[int] = MOST_COUNTED
    pickers: dict[str, Any]
    #: Filters that no column alone makes, before the others; each is made with the model.
    further_filters: ClassVar[Sequence[Callable[[Any], filters.Filter]]] = ()

    def visible_columns(self, names: Sequence[str]) -> list[Column]:
        """The columns of these names that the person may see."""
        return [column for column in (column_of(self.model, name) for name in names) if column.may_be_seen()]

    def sortable(self) -> list[str]:
        """Columns of the list that an index can sort, as far as the person may see them."""
        table = self.model.__table__
        leading = {index.columns[0].name for index in table.indexes} | {"id"}
        leading |= {column.name for column in table.columns if column.unique}
        return [
            column.name
            for column in self.visible_columns(self.column_list)
            if not column.is_many and inspect(self.model).attrs[column.key.key].columns[0].name in leading
        ]

    def all_filters(self) -> list[filters.Filter]:
        """The filters the person may use."""
        made = [
            filters.filter_for(column, self.pickers.get(column.name))
            for column in self.visible_columns(self.column_filters or ())
        ]
        return [*(each(self.model) for each in self.further_filters), *made]

    def order_for(self, args: MultiDict[str, str]) -> tuple[Order, str]:
        """The order the address asks for, and the name of its column."""
        default, down = self.column_default_sort or ("id", True)
        name = args.get("sort", "")
        if name not in self.sortable():
            name = default
        descending = args.get("desc", "1" if down else "0") == "1" if (name == default or "desc" in args) else False
        then = column_of(self.model, default).key if name != default else None
        return Order.by(self.model, column_of(self.model, name).key, descending, then), name

    def narrowed(self, args: MultiDict[str, str], verb: str = "view", *, is_whole: bool = False) -> Select[Any]:
        """The records of the scope that fit search and filters.

        Of very many that fit a search only the newest, unless `is_whole`: what is done to all needs all.
        """
        query = self.records(verb)
        for each in self.all_filters():
            query = each.applied(query, args)
        return self.searched(query, search_text(args), is_whole=is_whole) if self.is_searchable else query

    def searched(self, query: Select[Any], text: str, *, is_whole: bool = False) -> Select[Any]:
        """The query narrowed to what contains the words."""
        if not text:
            return query
        if issubclass(self.model, Searchable):
            criterion = matching(self.model, text, db.engine.dialect.name, is_whole=is_whole)
            return query if criterion is None else query.where(criterion)
        names = [column.name for column in self.visible_columns(self.column_searchable_list or ())]
        if self.column_searchable_list and not names:
            return query.where(false())  # all that could be searched is for other eyes
        for term in text.split()[:MOST_TERMS]:
            pattern = "%" + term.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            likes = [func.lower(getattr(self.model, name)).like(pattern, escape="\\") for name in names]
            query = query.where(or_(*likes)) if likes else query
        return query

    @property
    def is_searchable(self) -> bool:
        """Whether the list has a search box."""
        return issubclass(self.model, Searchable) or bool(self.column_searchable_list)

    def lean(self, query: Select[Any], columns: Sequence[Column]) -> Select[Any]:
        """Load what the columns need and nothing long besides; relations come in one query each."""
        shown = {column.name for column in columns} | set(self.list_needs())
        options: list[Any] = [
            defer(getattr(self.model, prop.key), raiseload=True)
            for prop in inspect(self.model).column_attrs
            if prop.key not in shown
            and (column_of(self.model, prop.key).is_long or column_of(self.model, prop.key).is_secret)
        ]
        for column in (column_of(self.model, name) for name in shown):
            if column.is_relation:
                load = selectinload if column.is_many else joinedload
                options.append(load(column.attribute).options(*column.titles))
        return query.options(*options)

    def list_needs(self) -> Sequence[str]:
        """Columns that the cells of a list read besides their own."""
        return ()

    def listing(self) -> Listing:
        """Read the address and find the page."""
        args = request.args
        columns = self.visible_columns(self.column_list)
        order, sort = self.order_for(args)
        size = int(args["page_size"]) if args.get("page_size", "") in map(str, PAGE_SIZES) else self.page_size
        query = self.narrowed(args)
        number = min(max(_number(args.get("page")), 0), MOST_PAGES)
        after = args.get("after") or self._place_at(args.get("at"), order)
        found_filters = self.all_filters()
        branches = next((found for each in found_filters if (found := each.branches(args))), ())
        page = page_of(
            self.lean(query, columns),
            order,
            size,
            after=after,
            before=args.get("before"),
            skip=(number - 1) * size if number > 1 else 0,
            branches=branches,
        )
        pills = [(each.label, words, name) for each in found_filters for name, words in each.pills(args)]
        text = search_text(args) if self.is_searchable else ""
        is_full_text = bool(words_of(text)) and issubclass(self.model, Searchable)
        listing = Listing(
            rows=[],
            count=capped_count(query, MOST_MATCHES if is_full_text else self.most_counted),
            first=(number - 1) * size + 1 if number > 1 else 1 if page.newer is None else 0,
            page=page,
            columns=columns,
            sort=sort,
            descending=order.descending,
            search=text,
            size=size,
            filters=found_filters,
            pills=pills,
            is_narrowed=bool(text or pills),
            is_full_text=is_full_text,
            most_counted=self.most_counted,
        )
        listing.rows = list(self._lines(page.records, columns))
        return listing

    def _lines(self, records: Sequence[Any], columns: Sequence[Column]) -> Iterator[Row]:
        buttons = Buttons(self)
        makers = [
            self.cells.get(column.name)
            or self.in_words.get(column.name)
            or (shortened_cell(column) if column.is_long else column.in_a_list())
            for column in columns
        ]
        edits = "edit" in self.verbs and reach_of(present_actor(), Can(f"{self.resource}.edit")) == ALL
        for record in records:
            cells = [make(record) for make in makers]
            status = str(getattr(record, "status", "") or "")
            page = f"{'edit' if edits or self.may_edit(record) else 'details'}/?id={record.id}"
            yield Row(record.id, record.title_text, status, page, cells, buttons.of(record))

    def _place_at(self, text: str | None, order: Order) -> str | None:
        """The place just before the first record of a day, for lists in the order of a moment."""
        day = filters.day_from(text)
        if day is None or not isinstance(order.columns[0].type, UTCDateTime):
            return None
        edge = filters.start_of(day + timedelta(days=1) if order.descending else day)
        # No key is 0, so the place lies before every record of the moment upwards and after every one downwards.
        return _Place(order, [edge, *([0] * (len(order.columns) - 1))]).text()

    @expose("/")
    def index_view(self) -> Any:
        """The list."""
        # Before the records are read: what somebody changes meanwhile counts as not seen.
        seen = now_seen()
        listing = self.listing()
        kept = self.kept(listing.filters)
        return self.render(
            self.list_template,
            listing=listing,
            address=partial(_address, url_for(f"{self.endpoint}.index_view"), kept),
            kept=kept,
            sizes=PAGE_SIZES,
            seen=seen,
            everything=self.everything_listed(listing),
        )

    def kept(self, offered: Sequence[filters.Filter]) -> dict[str, str]:
        """What the address says about what is listed: only what the list reads, each once."""
        names = (*KEPT, *(name for each in offered for name in each.arguments()))
        return {name: request.args[name] for name in names if request.args.get(name)}

    def present_address(self) -> str:
        """The address of this list as it is narrowed and sorted, without anything else that was asked for."""
        return _address(url_for(f"{self.endpoint}.index_view"), self.kept(self.all_filters()))


def _address(base: str, kept: Mapping[str, str], **changes: Any) -> str:
    """The address of a list with some parts changed; None takes a part out, and one starts at its beginning."""
    wanted = {name: value for name, value in {**kept, **changes}.items() if value is not None}
    return f"{base}?{urlencode(wanted)}" if wanted else base


class _Place:
    def __init__(self, order: Order, values: list[Any]) -> None:
        self.order, self.values = order, values

    def text(self) -> str:
        record = type(
            "Place",
            (),
            {column.key: value for column, value in zip(self.order.columns, self.values, strict=True)},
        )
        return self.order.place_of(record)


def search_text(args: MultiDict[str, str]) -> str:
    """What is searched for, cleaned and not too long."""
    return clean_line(args.get("search"))[:LONGEST_SEARCH]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0
