"""What is wrong with a translation: errors, for which English is shown as the page would break or lie, and warnings.

`findings` tells everything about one entry, `errors` only what keeps it from being served, `file_findings` what is
wrong with a file, `across` what entries say about each other, `source_findings` what developers should mend.
"""

from __future__ import annotations

from backoffice.catalogs.checks.comparing import across, in_several_locales
from backoffice.catalogs.checks.files import file_findings
from backoffice.catalogs.checks.finding import NOTHING, Facts, Finding, Rule, Severity, Source, Term
from backoffice.catalogs.checks.judging import errors, faults, findings
from backoffice.catalogs.checks.plurals import HeaderFault, plural_rule, same_rule, usual_rule
from backoffice.catalogs.checks.punctuation import leaves_stops_out
from backoffice.catalogs.checks.registry import REGISTRY, Check
from backoffice.catalogs.checks.repairing import autofixed
from backoffice.catalogs.checks.texts import code_findings, source_faults, source_findings

__all__ = [
    "NOTHING",
    "REGISTRY",
    "Check",
    "Facts",
    "Finding",
    "HeaderFault",
    "Rule",
    "Severity",
    "Source",
    "Term",
    "across",
    "autofixed",
    "code_findings",
    "errors",
    "faults",
    "file_findings",
    "findings",
    "in_several_locales",
    "leaves_stops_out",
    "plural_rule",
    "same_rule",
    "source_faults",
    "source_findings",
    "usual_rule",
]
