"""The environment that `action.yml` hands over when a workflow gives no input."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_bytes())
DEFAULTS: dict[str, str] = {
    f"DEBAR_{name.upper().replace('-', '_')}": item["default"]
    for name, item in ACTION["inputs"].items()
    if name != "github-token"
}
