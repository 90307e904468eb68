"""The region of detail, and what belongs to it: where finer sources replace those of the world.

Every place of the plane is taken from exactly one source, so that neighbours fit: inside the area of detail the fine
one, outside the generalised one. The seam lies on the area's edge.
"""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["DETAIL_AREA", "DETAIL_REGION", "assemble"]

DETAIL_REGION = (34.0, 28.0, 50.0, 39.0)
"""Syria, Iraq and what lies round them."""

# The corner with Cyprus stays with the world's source: a seam through an island would cut its dividing line.
DETAIL_AREA: BaseGeometry = shapely.difference(shapely.box(*DETAIL_REGION), shapely.box(34.0, 34.3, 35.0, 35.8))


def assemble(fine: BaseGeometry | None, coarse: BaseGeometry | None) -> BaseGeometry:
    """The fine geometry inside the area of detail, joined to the coarse one outside of it."""
    parts = []
    if fine is not None:
        parts.append(shapely.intersection(fine, DETAIL_AREA))
    if coarse is not None:
        parts.append(shapely.difference(coarse, DETAIL_AREA))
    return shapely.union_all(parts)
