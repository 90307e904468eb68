"""`python -m geoops`: the command line."""

from geoops.cli import main

main()
