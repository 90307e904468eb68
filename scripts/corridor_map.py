"""Which ways join two places, and how much of the land is hardly slower than the fastest.

Friction says what it costs to cross each piece of land: roads, slopes, rivers with their bridges, borders with their
crossings. A corridor is every place through which a journey takes at most so much longer than the fastest, so it shows
whether there is one road or a choice. It is modelled ease of travel, not observed movement, and the figure says so.

    python scripts/corridor_map.py [FOLDER]
"""

import sys
from pathlib import Path

import geoops as go

REGION = (38.5, 33.5, 45.5, 37.6)  # west, south, east, north: wide enough for every way that could matter


def main(folder: Path) -> Path:
    sites = go.geocode(["Deir al-Zor", "Hasakah", "Kirkuk"])
    deir, hasakah, kirkuk = (sites.iloc[[row]] for row in range(3))

    friction = go.friction(REGION, mode="vehicle")
    corridors = [
        go.corridor(friction, deir, hasakah, slack=0.20),
        go.corridor(friction, deir, kirkuk, slack=0.20),
    ]
    for journey in corridors:
        print(
            f"{journey.name}: {journey.hours:.1f} h, {journey.distance_km:.0f} km, {journey.road_share:.0%} on roads,"
            f" crossing at {', '.join(journey.crossings['name']) or 'no border'}"
        )

    figure = go.corridor_map(
        corridors,
        sites=sites,
        title="By vehicle from Deir al-Zor to Hasakah and to Kirkuk",
        date="2025-06-30",
        languages=("en", "ar"),
    )
    return figure.save(folder / "corridors.png")


if __name__ == "__main__":
    print(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
