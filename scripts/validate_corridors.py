"""Published road distances and driving times against the modelled ones: a table, a scatter plot, and why they differ.

The pairs stand in `validation_pairs.csv`, each with the page that was read and what it says. Nothing was fitted to them.
Bus times hold stops on the way; some pages say "about", and two are of times of peace before 2011.

    python scripts/validate_corridors.py outputs/validation
"""

import hashlib
import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

import geoops as go

REGION = (34.9, 29.9, 48.6, 37.6)  # west, south, east, north
PAIRS = Path(__file__).with_name("validation_pairs.csv")


def modelled(pairs: pd.DataFrame) -> pd.DataFrame:
    """Hours, kilometres and the share on mapped roads of each pair's fastest journey by vehicle."""
    friction = go.friction(REGION, mode="vehicle", crossings="any")
    rows = []
    for _, pair in pairs.iterrows():
        ends = [(pair[f"{end}_lon"], pair[f"{end}_lat"]) for end in ("origin", "destination")]
        found = go.corridor(friction, *ends, slack=0.05)
        rows.append((found.hours, found.distance_km, found.road_share))
    return pd.DataFrame(rows, columns=["model_hours", "model_km", "road_share"], index=pairs.index)


def why(row: pd.Series) -> str:
    """What explains a miss of more than a tenth in kilometres, or of more than a quarter in hours, as far as is known."""
    off_road, said_h = row.model_km * (1.0 - row.road_share), (row.hours_low + row.hours_high) / 2
    reasons = []
    if row.km_ratio > 1.1:
        reasons.append(f"the network lacks the direct road; {off_road:.0f} km of the way run off it")
    if row.km_ratio < 0.9:
        reasons.append("roads are drawn straight between their nodes, and the page may count from elsewhere")
    if row.hours_ratio > 1.25:
        reasons.append(
            f"the page's hours would need {row.model_km / said_h:.0f} km/h on this way of {row.model_km:.0f} km"
        )
    if row.hours_ratio < 0.75:
        checks = {
            "bus": "the stops of a bus and the way it takes by other towns",
            "taxi": "checkpoints and the roads of 2007",
        }
        missing = checks.get(row.by, "checkpoints and detours")
        reasons.append(
            f"{row.model_km:.0f} km in {said_h:g} h are {row.model_km / said_h:.0f} km/h: not in the model are {missing}"
        )
    return "; ".join(reasons)


def compare(folder: Path) -> Path:
    """Write the table and the plot."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = pd.read_csv(PAIRS)
    table = pairs.join(modelled(pairs))
    table["km_ratio"] = table.model_km / table.km
    said = (table.hours_low + table.hours_high) / 2
    table["hours_ratio"] = table.model_hours / said
    table["explanation"] = table.apply(why, axis=1)
    columns = ["origin", "destination", "km", "model_km", "km_ratio", "hours_low", "hours_high", "model_hours",
               "hours_ratio", "road_share", "by", "explanation", "said", "source"]  # fmt: skip
    table[columns].round(3).to_csv(folder / "corridor-validation.csv", index=False)
    for what in ("km", "hours"):
        ratio = table[f"{what}_ratio"].dropna()
        print(
            f"{what}: {len(ratio)} pairs, median ratio {ratio.median():.2f},"
            f" within a tenth {np.mean(abs(ratio - 1) <= 0.1):.0%}, within a quarter {np.mean(abs(ratio - 1) <= 0.25):.0%}"
        )
    picture = draw(table.assign(said=said), folder / "corridor-validation.png")
    state(folder)
    return picture


def state(folder: Path) -> None:
    """A manifest, so that `geoops verify` knows the files, and the gallery round the folder that they are not its own."""
    files = {}
    for path in sorted(folder.glob("corridor-validation.*")):
        content = path.read_bytes()
        files[path.name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    source = hashlib.sha256(PAIRS.read_bytes()).hexdigest()
    manifest = {
        "format": "geoops-manifest-1",
        "made_by": "scripts/validate_corridors.py",
        "inputs": {PAIRS.name: {"sha256": source}},
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def draw(table: pd.DataFrame, path: Path) -> Path:
    """A scatter plot of kilometres and one of hours; what misses is numbered as in the list beside it."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    for font in (Path(go.__file__).parent / "maps" / "fonts").glob("NotoSans-*.ttf"):
        mpl.font_manager.fontManager.addfont(font)
    plt.rcParams["font.family"] = "Noto Sans"
    figure, axes = plt.subplots(1, 2, figsize=(13, 9))
    figure.subplots_adjust(left=0.06, right=0.985, top=0.875, bottom=0.40, wspace=0.16)
    notes: list[str] = []
    for ax, what, unit, band in zip(axes, ("km", "hours"), ("km by road", "hours"), (0.10, 0.25), strict=True):
        x = table.km if what == "km" else table.said
        y = table[f"model_{what}"]
        top = 1.08 * max(x.max(), y[x.notna()].max())
        ax.fill_between([0, top], [0, top * (1 - band)], [0, top * (1 + band)], color="#e8e8e4", zorder=0, lw=0)
        ax.plot([0, top], [0, top], color="#777777", lw=0.8)
        for by, mark in (("car", "o"), ("bus", "s"), ("taxi", "^"), ("truck", "D"), ("bicycle", "v")):
            chosen = (table.by == by) & x.notna()
            if chosen.any():
                ax.plot(x[chosen], y[chosen], mark, color="#1f5a7a", mfc="none", ms=6, label=by)
        if what == "hours":
            for low, high, model in zip(table.hours_low, table.hours_high, y, strict=True):
                ax.plot([low, high], [model, model], color="#1f5a7a", lw=0.8)
        for at in table.index[(abs(y / x - 1) > band) & x.notna()]:
            row = table.loc[at]
            notes.append(
                f"{row.origin} - {row.destination}: {x[at]:g} {what} said, {y[at]:.1f} modelled; {row.explanation}"
            )
            odd = len(notes) % 2  # numbers of neighbours go to either side
            ax.annotate(
                str(len(notes)), (x[at], y[at]), (6 if odd else -6, -9 if odd else 3), textcoords="offset points",
                fontsize=9, color="#a03c2d", ha="left" if odd else "right",
            )  # fmt: skip
        ax.set(xlim=(0, top), ylim=(0, top), xlabel=f"published, {unit}", ylabel=f"modelled, {unit}")
        ax.set_title(f"{x.notna().sum()} pairs; grey: within {band:.0%}", fontsize=10, loc="left")
        ax.legend(frameon=False, fontsize=9, loc="upper left")
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        "Journeys by vehicle: published and modelled", x=0.06, y=0.975, ha="left", fontsize=14, weight="bold"
    )
    short = table.km_ratio.median()
    figure.text(
        0.06, 0.915, f"Modelled ways are {1 - short:.0%} short in the median: the roads are drawn straight between their nodes."
        " Modelled hours are hours on the move at each road's usual speed; nothing was fitted.", fontsize=9.5, color="#333333",
    )  # fmt: skip
    half = -(-len(notes) // 2)
    for column, part in enumerate((notes[:half], notes[half:])):
        lines = "\n".join(f"{column * half + i + 1}  {_wrapped(note)}" for i, note in enumerate(part))
        figure.text(0.06 + 0.475 * column, 0.325, lines, va="top", fontsize=7.4, color="#333333", linespacing=1.05)
    figure.text(
        0.06, 0.015, "Modelled: geoops, roads of OpenStreetMap's main network (ODbL) with hand-typed links, best speeds of"
        " layers/speeds.toml, 30 arc seconds. Published: the pages in corridor-validation.csv.", fontsize=7.5, color="#666666",
    )  # fmt: skip
    figure.savefig(path, dpi=150, metadata={"Software": None})
    plt.close(figure)
    return path


def _wrapped(note: str) -> str:
    """A note on lines of at most 112 characters."""
    import textwrap

    return "\n    ".join(textwrap.wrap(note, 112))


if __name__ == "__main__":
    print(compare(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
