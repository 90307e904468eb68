"""What geoops gives back shows itself in a notebook and prints usefully."""

from __future__ import annotations

import geopandas as gpd
import nbformat
import pytest
from nbclient import NotebookClient

import geoops as go
from geoops.report import web_map

CELLS = [
    "import geoops as go, geopandas as gpd\nsites = go.geocode(['Deir al-Zor', 'Kirkuk'])\nsites",
    "go.sites_map(sites, title='Two towns', date='2025-06-30', size='journal-84')",
    "go.web_map(sites, base={}, title='Two towns')",
]


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_shows_tables_figures_and_pages():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=120).execute()
    table, figure, page = (cell.outputs[-1].data for cell in notebook.cells)
    assert "Deir al-Zor" in table["text/html"]
    assert figure["image/png"].startswith("iVBOR")
    assert page["text/html"].startswith("<iframe srcdoc=")
    assert len(page["text/plain"]) < 100  # not the whole page


def test_a_corridor_says_what_it_is(journey, no_journey):
    assert repr(journey) == "<Corridor Alpha to Beta by vehicle: 2.5 h, 100 km, slack 20%>"
    assert "<td>2.5 h</td>" in journey._repr_html_()
    assert "not observed movement" in journey._repr_html_()
    assert "a river without a bridge" in repr(no_journey)
    assert "a river without a bridge" in no_journey._repr_html_()


def test_tables_stay_geodataframes_and_names_complete(sites):
    assert type(go.rings(sites, [5])) is gpd.GeoDataFrame
    assert {"web_map", "sites_map", "geocode"} <= set(dir(go))
    assert repr(web_map(sites, base={}, title="T")) == "WebMap(title='T')"
