"""What every other room stands on: errors, units, the ellipsoid, the column contracts, and the doors to files.

Nothing here knows what a layer, a gazetteer or a map is. Import the module that is needed, not this package.
"""
