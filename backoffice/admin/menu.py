"""The sidebar, as data."""

from __future__ import annotations

from typing import Any


class Section:
    """A group of the sidebar: its title and its views in their order."""

    def __init__(self, title: Any, *views: Any) -> None:
        self.title = title
        self.views = views
