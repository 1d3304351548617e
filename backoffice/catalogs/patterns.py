"""The pieces of a .po file as regular expressions that never go back."""

from __future__ import annotations

import re

BLANK = " \t\r\f\v"
GAP = r"[ \t\r\f\v]*+\n[ \t\r\n\f\v]*+"
STRING = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
STRINGS = rf"{STRING}(?:[ \t\r\n\f\v]*+{STRING})*+"
#: Blank lines and comments, then the entry; the last line of a file may lack its end.
ENTRY = re.compile(
    r"(?P<head>(?:[ \t\r\f\v]*+(?:\#(?!~)[^\n]*+)?\n)*+)[ \t\f\v]*+"
    rf"(?:msgctxt[ \t]*+(?P<context>{STRINGS}){GAP})?"
    rf"msgid[ \t]*+(?P<id>{STRINGS}){GAP}"
    rf"(?:msgid_plural[ \t]*+(?P<plural>{STRINGS}){GAP}"
    rf"(?P<forms>msgstr\[\d[ \t]*+\][ \t]*+{STRINGS}(?:{GAP}msgstr\[\d+\][ \t]*+{STRINGS})*+)"
    rf"|msgstr[ \t]*+(?P<form>{STRINGS}))"
    r"[ \t\r\f\v]*+(?:\n|\Z)"
)
OBSOLETE = re.compile(
    r"(?P<head>(?:[ \t\r\f\v]*+(?:\#(?!~)[^\n]*+)?\n)*+)(?P<lines>(?:[ \t\f\v]*+\#~[^\n]*+(?:\n|\Z))++)"
)
REST = re.compile(r"(?:[ \t\r\f\v]*+(?:\#[^\n]*+)?(?:\n|\Z))*+\Z")
OBSOLETE_LINE = re.compile(r"^[ \t\f\v]*#~[ \t]*(?P<word>\||msgctxt|msgid_plural|msgid|msgstr)?", re.MULTILINE)
#: The English plural of an entry, with the end of its line.
PLURAL = re.compile(rf"msgid_plural[ \t]*+{STRINGS}[ \t\r\f\v]*+\n")
MARK = re.compile(r"^[ \t\f\v]*#~[ \t]?", re.MULTILINE)
FORM = re.compile(rf"msgstr(?:\[(?P<index>\d+)[ \t]*\])?[ \t]*+(?P<text>{STRINGS})")
SOURCES = re.compile(rf"(?:msg(?:ctxt|id_plural|id)[ \t]*+{STRINGS}[ \t\r\n\f\v]*+)*+")
PIECE = re.compile(r'"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"')
PREVIOUS = re.compile(rf"msg(?P<which>ctxt|id|id_plural)[ \t]*+(?P<text>{STRINGS})")
BYTE = r"(?:[0-7]{1,3}|x[0-9a-fA-F]{2})"
BYTE = r"(?:[0-7]{1,3}|x[0-9a-fA-F]{2})"
ESCAPE = re.compile(rf"\\(?:(?P<bytes>{BYTE}(?:\\{BYTE})*)|(?P<one>.))")
ESCAPES = dict(zip("ntrabfv\"\\'?", "\n\t\r\a\b\f\v\"\\'?", strict=True))
PLURALS = re.compile(r"nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*([^;]+);?")

#: Where Babel wraps lines, and so do our own files.
WRAP = 76
#: A line this long that is not wrapped says that the file is not wrapped at all.
NEVER_WRAPPED = 120
#: A line of a text that goes on in the next line although it does not end there.
WRAPPED = re.compile(r'^".*[^n]"[ \t\r]*$(?=\n")|^".*[^\\]n"[ \t\r]*$(?=\n")', re.MULTILINE)
UNWRAPPED = re.compile(rf'^msg(?:id|str) ".{{{NEVER_WRAPPED}}}', re.MULTILINE)
