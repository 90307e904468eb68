"""Where the places that a report names are, and how surely they are placed.

Five names as a news report spells them become Sites: a point, how far off it may be, an extent where the name covers an
area, and who says so. The figure shows exactly that much: a dot for a town whose centre is known, a ring with its disc
for a camp placed to within some kilometres, a tinted area for a mountain range.

    python scripts/sites_map.py [FOLDER]
"""

import sys
from pathlib import Path

import geoops as go

NAMES = ["Deir al-Zor", "Hasakah", "Kirkuk", "Hamrin Mountains", "al Hol camp"]


def main(folder: Path) -> Path:
    sites = go.geocode(NAMES)

    # What was found, before it is drawn: a wrong reading is seen here first.
    for _, site in sites.iterrows():
        print(f"{site['query']:18} {site['kind']:5} {site['country']}  within {site['uncertainty_m'] / 1000:5.1f} km")

    figure = go.sites_map(
        sites,
        title="Five places named in reporting, 2025",
        date="2025-06-30",  # never the clock: the figure says as of when it holds
        layers=["oil_gas_fields", "pipelines", "power_stations", "border_crossings"],
        languages=("en", "ar"),
    )
    for finding in figure.check():  # what a picture editor would object to
        print("to mend:", finding)
    return figure.save(folder / "sites.png")


if __name__ == "__main__":
    print(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
