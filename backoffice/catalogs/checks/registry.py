"""The checks by number and name: what the help page, the table in the documentation and every finding take from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backoffice.catalogs.checks.finding import Finding, Severity
from backoffice.foundation.i18n import Text, _l


@dataclass(frozen=True)
class Check:
    """One check; `is_security` where only who manages translations may pass over what it finds."""

    number: int
    code: str
    severity: Severity
    title: Text
    description: Text
    is_security: bool = False


_ERROR, _WARNING, _SOURCE = Severity.ERROR, Severity.WARNING, Severity.SOURCE


def _checks(*rows: tuple[Any, ...]) -> dict[str, Check]:
    return {row[1]: Check(*row) for row in rows}


#: Every check by its code, in the order of their numbers; some numbers have two, of different severity.
REGISTRY: dict[str, Check] = _checks(
    (1, "unknown_placeholder", _ERROR, _l("Unknown placeholder"),
     _l("A placeholder like %(example)s that the English text lacks would break the page.", example="%(name)s")),
    (2, "missing_placeholder", _ERROR, _l("Missing placeholder"),
     _l("What a placeholder of the English text says would be lost.")),
    (3, "placeholder_type", _ERROR, _l("Placeholder of another kind"),
     _l("A placeholder keeps its letter, and placeholders without a name keep their number and order.")),
    (4, "incomplete_placeholder", _ERROR, _l("Stray percent sign"),
     _l("In a text with placeholders every other percent sign is doubled, and none is cut short.")),
    (5, "template_percent", _ERROR, _l("Percent sign in a template"),
     _l("A percent sign in a text of a template is doubled; templates of other programs break at a single one.")),
    (6, "braces", _ERROR, _l("Placeholder in braces"),
     _l("Placeholders in braces are those of the English text, unchanged and closed.")),
    (7, "missing_count", _ERROR, _l("Count left out"),
     _l("Only a plural form that means one single number may leave the count out.")),
    (8, "number_of_forms", _ERROR, _l("Number of plural forms"),
     _l("The entry has as many plural forms as the language needs.")),
    (9, "missing_form", _ERROR, _l("Plural form left empty"),
     _l("Either all plural forms are translated or none.")),
    (10, "same_forms", _WARNING, _l("Plural forms all the same"),
     _l("Every plural form says the same although the English ones differ.")),
    (11, "plural_rule", _ERROR, _l("Rule for plural forms"),
     _l("The header of the file chooses plural forms as the language does.")),
    (12, "markup", _ERROR, _l("Other markup"),
     _l("Tags and their attributes are those of the English text; nothing can be smuggled into a page."), True),
    (12, "angle_words", _WARNING, _l("Words in angle brackets"),
     _l("Words in angle brackets that are no tags are as many as in the English text.")),
    (13, "broken_markup", _ERROR, _l("Broken markup"),
     _l("Every tag is complete, and every one that is opened is closed."), True),
    (14, "entities", _WARNING, _l("Character codes"),
     _l("Codes of characters, such as that of a space that does not break, are those of the English text and whole.")),
    (15, "foreign_address", _ERROR, _l("Address of somebody else"),
     _l("A translation does not lead readers to a place to which the English text does not."), True),
    (15, "changed_address", _WARNING, _l("Changed address"),
     _l("Web and mail addresses are those of the English text.")),
    (16, "control_character", _ERROR, _l("Control character"),
     _l("There is no character that cannot be seen and does not belong into a text."), True),
    (17, "blank", _ERROR, _l("Only spaces"),
     _l("A translation says something.")),
    (18, "edge_newline", _ERROR, _l("New line at an end"),
     _l("A translation begins and ends with a new line where the English text does.")),
    (18, "newline_count", _WARNING, _l("Number of lines"),
     _l("A translation has as many lines as the English text.")),
    (19, "escapes", _WARNING, _l("Backslashes and tabs"),
     _l("Backslashes and tabs are those of the English text.")),
    (20, "edge_space", _WARNING, _l("Space at an end"),
     _l("A translation begins and ends with a space where the English text does.")),
    (21, "double_space", _WARNING, _l("Two spaces"),
     _l("There are no two spaces in a row.")),
    (22, "invisible_character", _WARNING, _l("Invisible character"),
     _l("There is no space without width and no trace of a damaged file.")),
    (23, "direction", _ERROR, _l("Writing direction"),
     _l("A change of writing direction ends where it should, and none turns the text round."), True),
    (24, "end_punctuation", _WARNING, _l("Last punctuation mark"),
     _l("A translation ends with the punctuation mark of the English text, as the language writes it.")),
    (25, "brackets", _WARNING, _l("Brackets and quotation marks"),
     _l("Every bracket that is opened is closed, and quotation marks come in pairs.")),
    (26, "numbers", _WARNING, _l("Numbers"),
     _l("Numbers are those of the English text, in whatever digits.")),
    (27, "unchanged", _WARNING, _l("Same as the English text"),
     _l("A text of several words is rarely the same in two languages.")),
    (28, "repeated_word", _WARNING, _l("Repeated word"),
     _l("No word stands there twice in a row.")),
    (29, "oversize", _ERROR, _l("Far too long"),
     _l("A translation of ten thousand characters is no translation of a short text.")),
    (29, "length", _WARNING, _l("Length"),
     _l("A translation fits where the English text fits.")),
    (30, "inconsistent", _WARNING, _l("Translated in two ways"),
     _l("The same English text has the same translation everywhere.")),
    (31, "reused", _WARNING, _l("One translation for two texts"),
     _l("Two English texts of different meaning do not have the same translation.")),
    (32, "glossary", _WARNING, _l("Glossary"),
     _l("Agreed words are used, and ruled out ones are not.")),
    (33, "capital", _WARNING, _l("Capital letter at the start"),
     _l("A translation begins with a capital letter where the English text does.")),
    (34, "access_key", _WARNING, _l("Access key"),
     _l("A letter that is marked as the key for a menu stays marked.")),
    (35, "opposite", _WARNING, _l("Guess for the opposite"),
     _l("A guess was made for a text that says the opposite.")),
    (36, "script", _WARNING, _l("Letters of another script"),
     _l("A translation is written in the letters of its language, and no word mixes look-alikes.")),
    (37, "torn_file", _ERROR, _l("Torn file"),
     _l("A file has no entry twice, no trace of a merge that failed, and no open quotation mark.")),
    (38, "encoding", _ERROR, _l("Encoding of the file"),
     _l("A file is UTF-8, says so, has no mark at its start and ends all its lines alike.")),
    (39, "unnamed_placeholders", _SOURCE, _l("Placeholders without names"),
     _l("Several placeholders without names cannot be put into another order.")),
    (40, "plural_by_hand", _SOURCE, _l("Plural by hand"),
     _l("An ending in brackets and three dots are not how languages make a plural or a pause.")),
    (41, "composed", _SOURCE, _l("Filled in too early"),
     _l("A text that is filled in before it is looked up is never found in a catalog.")),
    (42, "joined", _SOURCE, _l("Joined from parts"),
     _l("A sentence that is joined from parts, or begins or ends with a space, cannot be put into another order.")),
    (43, "fails_everywhere", _SOURCE, _l("Wrong in several languages"),
     _l("Where several languages stumble over the same text, the text is the trouble.")),
    (44, "literal_percent", _SOURCE, _l("Percent sign taken for a placeholder"),
     _l("A percent sign that is meant as such is marked as a placeholder.")),
)  # fmt: skip


def finding(code: str, text: Text, form: int | None = None, use: str | None = None) -> Finding:
    """A finding of the check with this code."""
    check = REGISTRY[code]
    return Finding(code, check.severity, text, form, check.is_security, use)
