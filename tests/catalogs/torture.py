"""A .po file with everything that such a file may hold, for tests that want it back as it was."""

from __future__ import annotations

TORTURE = """\
# Translators of the torture file.
# Copyright (C) Nobody
#
#, fuzzy
msgid ""
msgstr ""
"X-Custom: kept\\n"
"Language: de\\n"
"Project-Id-Version: torture with a very long name that goes on for more than one "
"line\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"X-Last: kept too\\n"

# first comment

#    indented comment
#
#comment without a space
#. a note
#.another note
#: b.py:3 a.py:1
#: \u2068name with space.py\u2069:7
#, python-format, no-wrap, max-length:30
#| msgctxt "menu"
#| msgid ""
#| "An older "
#| "text"
msgctxt "menu"
msgid "A text with %(name)s"
msgstr "Ein Text mit %(name)s"
msgid "no blank line before this"
msgstr ""
"one "

"blank line inside, "
  "an indent and a tab\\t\\"quoted\\" back\\\\slash\\n"


#~ msgid "interleaved"
#~ msgstr "dazwischen"

#, c-format
#, python-format
msgid "%(num)s line"
msgid_plural "%(num)s lines"
msgstr[0] "%(num)s Zeile"
msgstr[1] ""
"%(num)s "
"Zeilen"

#, fuzzy
#| msgid "Enabled"
msgid "Disabled"
msgstr "Aktiviert"

msgid "msgstr"
msgstr "msgid \\"msgstr\\""

msgid "untranslated"
msgstr ""

msgid "escapes \\a\\v\\101\\x41"
msgstr "\\303\\244"

# comment of an obsolete entry
#, fuzzy
#~| msgid "older"
#~ msgctxt "c"
#~ msgid "gone"
#~ msgid_plural "gones"
#~ msgstr[0] "weg"
#~ msgstr[1] "wege"
#~ msgid "gone too"
#~ msgstr "auch weg"

# a comment at the end"""
