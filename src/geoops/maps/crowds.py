"""Which sites of a crowd are named: a sheet has room for some hundreds of names, and of thousands of sites those get one
that have the room.

All are drawn all the same, and the margin says how many have a name; where they would be very few, none has. Where the names go is `labels.py`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geoops.maps.symbols import SiteMark

__all__ = ["LEAST_NAMED", "MOST_LISTED", "NAME_ROOM_PT2", "nameable", "unnamed_words"]

NAME_ROOM_PT2 = 800.0
"""Of the frame a name, in square points: more names than that gives are not even tried."""
MOST_LISTED = 10
"""Names without room that are told one by one; of more, how many."""
LEAST_NAMED = 0.05
"""Share of a crowd: names of fewer would say that these are the ones that matter, and none is drawn."""
_RANK = {"PPLC": 2.0, "PPLA": 1.0}


def nameable(marks: Sequence[SiteMark], area_pt2: float) -> list[SiteMark]:
    """
    The sites whose names are tried: all of them, or of a crowd the capitals and then those farthest from any other.

    Parameters
    ----------
    marks
        Sites drawn as points, in their order.
    area_pt2
        Of the frame.
    """
    most = max(int(area_pt2 / NAME_ROOM_PT2), 1)
    if len(marks) <= most:
        return list(marks)
    # Moved apart by less than shows, as what lies on one spot is not its own neighbour otherwise.
    points = shapely.points([(mark.x + i * 1e-7, mark.y) for i, mark in enumerate(marks)])
    _, alone = shapely.STRtree(points).query_nearest(points, exclusive=True, return_distance=True, all_matches=False)
    rank = np.array([_RANK.get(mark.kind, 0.0) for mark in marks])
    chosen = np.lexsort((np.arange(len(marks)), -alone, -rank))[:most]
    return [marks[i] for i in sorted(chosen)]


def unnamed_words(named: int, sites: int) -> str:
    """
    What the margin says of a crowd.

    Examples
    --------
    >>> unnamed_words(210, 5000)
    'Named on the map: 210 of 5,000 places, where there is room; all are drawn.'
    """
    if not named:
        return f"All {sites:,} places are drawn, without their names, for which there is no room."
    return f"Named on the map: {named:,} of {sites:,} places, where there is room; all are drawn."
