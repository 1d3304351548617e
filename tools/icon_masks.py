"""Write icons.css from icons.svg: each icon as a mask, for lists where a drawing in every row is too heavy."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(__file__).resolve().parents[1] / "backoffice" / "static" / "admin"
SYMBOL = re.compile(r'<symbol id="bo-([\w-]+)" viewBox="([^"]+)">(.*?)</symbol>', re.S)
HEAD = "/* Written by tools/icon_masks.py from icons.svg. */\n:root {\n"


def main() -> None:
    """Write the file."""
    lines = []
    for name, box, drawing in SYMBOL.findall((FOLDER / "icons.svg").read_text(encoding="utf-8")):
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" fill="none" stroke="#000" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{drawing}</svg>'
        )
        lines.append(f'  --i-{name}: url("data:image/svg+xml,{quote(svg, safe=" =:/,")}");\n'.replace("%22", "'"))
    (FOLDER / "icons.css").write_text(HEAD + "".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
