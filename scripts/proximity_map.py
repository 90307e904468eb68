"""What lies near the named places, and how near it is at least and at most.

Distances are geodesics on the ellipsoid, from each site to the nearest feature of each theme. Neither end is known
exactly, so each distance has two bounds: if site and field both lie within their stated uncertainty, the truth lies
between them. The rings give the eye a measure; the table is what one quotes.

    python scripts/proximity_map.py [FOLDER]
"""

import sys
from pathlib import Path

import geoops as go

NAMES = ["Deir al-Zor", "Hasakah", "Kirkuk", "Daquq"]
THEMES = ["oil_gas_fields", "power_stations", "border_crossings"]


def main(folder: Path) -> Path:
    sites = go.geocode(NAMES)
    tables = {theme: go.nearest(sites, go.layer(theme)) for theme in THEMES}

    for theme, table in tables.items():
        for _, row in table.iterrows():
            print(
                f"{row['site_name']:12} {theme:18} {row['feature_name']}: {row['distance_km']:.0f} km"
                f" ({row['low_km']:.0f} to {row['high_km']:.0f})"
            )

    figure = go.proximity_map(
        sites,
        tables,
        rings=go.rings(sites, [25, 50]),
        title="Oil, power and crossings near four named places",
        date="2025-06-30",
        languages=("en", "ar"),
    )
    return figure.save(folder / "proximity.png")


if __name__ == "__main__":
    print(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
