"""One of several processes that save texts of one catalog: `python -m benchmarks.i18n_worker FOLDER FIRST STEP`."""

from __future__ import annotations

import sys
from pathlib import Path

from backoffice.catalogs import editing, po
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.places import OURS, catalog_path


def main() -> None:
    """Save every so-manieth entry, each as it was seen at the beginning; prints how many were saved."""
    folder, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    seen = po.parse(catalog_path(folder, "de", OURS).read_bytes()).entries
    sys.stdin.readline()
    saved = 0
    for entry in seen[first::step]:
        outcome = editing.save(folder, "de", OURS, [Edit(entry.eid, entry.base, (f"neu: {entry.id}",))])[0]
        saved += outcome.status == "saved"
    print(saved)


if __name__ == "__main__":
    main()
