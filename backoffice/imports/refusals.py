"""A file that cannot be imported is refused with one plain sentence."""

from __future__ import annotations


def N_(message: str) -> str:
    """The message unchanged; the name marks it for extraction into the catalogs, to be translated where it is shown."""
    return message


class ImportRefused(Exception):
    """The file cannot be read; `message` is an English sentence with `%(name)s` placeholders, `params` fill them."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params


class WxrError(ImportRefused):
    """This is no WordPress export, or a broken or hostile one."""


class CsvError(ImportRefused):
    """This is no table of comments, or a broken one; `params["row"]` counts records, the header is row 1."""
