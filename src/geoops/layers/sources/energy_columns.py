"""What Global Energy Monitor calls the columns of its trackers, in the tables for download and in the maps' own files.

Names are compared by their letters and digits alone. What is done with the columns is `energy_trackers.py`.
"""

from __future__ import annotations

__all__ = ["TRACKER_COLUMNS"]

# What a column may be called, in either table; letters and digits only, lower case.
TRACKER_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "oil_gas_fields": {
        "id": ("unitid", "gemunitid"), "name": ("unitname", "wikiname"), "other": ("othernames", "othername", "wikiname"),
        "local": ("unitnamelocalscript", "unitnameinlocalscript", "othernamelocal"),
        "country": ("countryarea", "country"), "countries": ("countrylist", "countryarea", "country"),
        "province": ("subnationalunitprovincestate", "stateprovince"), "status": ("status", "statusdisplay"),
        "fuel": ("fueltype", "fuel"), "accuracy": ("locationaccuracy",), "operator": ("operator",),
        "year": ("productionstartyear",), "url": ("url", "wikiurl"),
        "oil": ("productionoilmillionbbly",), "gas": ("productiongasmillionmy",),
    },
    "power_stations": {
        "id": ("gemlocationid", "locationid", "id"), "unit_id": ("gemunitid", "gemunitphaseid", "unitid", "pid"),
        "name": ("plantname", "projectname", "project", "name"), "other": ("othernames", "othername", "plantnameother"),
        "local": ("plantnamelocalscript", "plantnameinlocallanguagescript", "projectnamelocalscript", "projectnameinlocallanguagescript", "projectloc"),
        "country": ("countryarea", "country", "countryarea1", "areas"), "countries": ("areas", "countryarea", "country", "countryarea1"),
        "province": ("stateprovince", "subnationalunitstateprovince", "stateprovince1", "province", "subnat"), "status": ("status",),
        "fuel": ("fuel", "fueltype"), "accuracy": ("locationaccuracy",), "capacity": ("capacitymw", "capacity"),
        "capacity_more": ("capacity2",), "year": ("startyear",), "technology": ("technology", "technologytype"),
        "river": ("riverwatercourse", "river", "watercourse"), "url": ("url", "wikiurl"),
        "tracker": ("trackeracro", "trackercustom"),
    },
    "pipelines": {
        "id": ("projectid",), "name": ("pipelinename", "project"), "unit": ("segmentname", "unit"),
        "local": ("otherlanguageprimarypipelinename", "otherlanguagename"), "other": ("othernames", "otherenglishnames"),
        "country": ("countries", "countriesorareas", "country", "areas", "startcountry"), "countries": ("countries", "countriesorareas", "areas"),
        "province": ("startstateprovince",), "status": ("status",), "fuel": ("fuel", "type"),
        "accuracy": ("routeaccuracy", "accuracy"), "year": ("startyear1", "startyear"), "capacity": ("capacityboed", "capacity"),
        "length": ("lengthknownkm", "lengthmergedkm"), "terminal": ("terminalname",), "url": ("url", "wiki"),
    },
}  # fmt: skip
TRACKER_COLUMNS["dams"] = TRACKER_COLUMNS["power_stations"]
