"""How the site is built: `make docs`. Every word of it stands in this folder, in the docstrings, or in the commands' help."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # command_help.py

from geoops.core.version import __version__

project = "geoops"
author = "the geoops project"
project_copyright = "MIT; data under each layer's licence"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "command_help"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

default_role = "literal"  # what docstrings put between single backticks is code

# Signatures say the types; numpydoc says the rest. Members are those that have something to say.
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = f"geoops {__version__}"
html_show_copyright = False
html_last_updated_fmt = None  # two builds give the same pages
nitpicky = False
