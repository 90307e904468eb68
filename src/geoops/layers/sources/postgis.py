"""A PostGIS table or query as a layer, and results written back to a table.

Connections are SQLAlchemy's with psycopg; reading happens in a read-only transaction with a server-side cursor, by region in
the database, so that memory is bounded by the region. Limits of the connection opened here: 10 s to connect, 300 s a
statement. A table is written in one transaction: it is there whole, or as it was before. Needs the extra `geoops[postgis]`.
"""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoops.core.errors import InputError, MissingExtraError, NetworkError, ReadError, SchemaError, WriteError
from geoops.core.geodesy import Region, check_region
from geoops.core.schema import WGS84, as_features
from geoops.core.shapes import from_wkb
from geoops.layers.sources.contract import Ledger
from geoops.layers.sources.vector_files import THEMES, as_theme, constants_of, mapped

__all__ = ["THEMES", "read", "write"]

CONNECT_S, STATEMENT_S = 10, 300
_ROWS_A_CHUNK = 20_000
_IF_EXISTS = ("fail", "replace", "append")


def _library(name: str) -> Any:
    """SQLAlchemy or GeoAlchemy2, or a word on the extra that brings it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        msg = f"PostGIS needs {name.partition('.')[0]}; install geoops[postgis] (SQLAlchemy, psycopg, GeoAlchemy2)"
        raise MissingExtraError(msg) from error


@contextlib.contextmanager
def _connected(source: Any, *, read_only: bool) -> Iterator[Any]:
    """A connection in one transaction: of the engine given, or of one made from an address for this use alone."""
    sqlalchemy = _library("sqlalchemy")
    own = isinstance(source, str)
    try:
        engine = _engine(sqlalchemy, source) if own else source
        if not hasattr(engine, "begin") or not hasattr(engine, "dialect"):
            msg = f"expected an SQLAlchemy engine or an address postgresql://...; {type(source).__name__} came"
            raise InputError(msg)
        try:
            with engine.begin() as connection:
                if read_only:
                    connection.execute(sqlalchemy.text("SET TRANSACTION READ ONLY"))
                yield connection
        finally:
            if own:
                engine.dispose()
    except sqlalchemy.exc.OperationalError as error:
        if "statement timeout" in str(error.orig):
            msg = f"{_shown(source)}: no answer within {STATEMENT_S} s; give a smaller region, or index the geometry column"
        else:
            msg = f"{_shown(source)}: the database does not answer ({_first_line(error)}); is it running, is the address right?"
        raise NetworkError(msg) from error


def _engine(sqlalchemy: Any, address: str) -> Any:
    """An engine for an address, through psycopg, with time limits."""
    try:
        url = sqlalchemy.engine.make_url(address)
    except sqlalchemy.exc.ArgumentError as error:
        msg = "the database's address cannot be read; expected postgresql://USER@HOST:PORT/DATABASE"
        raise InputError(msg) from error
    if url.get_backend_name() != "postgresql":
        msg = f"a {url.get_backend_name()} address came; expected postgresql://USER@HOST:PORT/DATABASE"
        raise InputError(msg)
    _library("psycopg")
    return sqlalchemy.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_S, "options": f"-c statement_timeout={STATEMENT_S * 1000}"},
        poolclass=sqlalchemy.pool.NullPool,
    )


def _shown(source: Any) -> str:
    """The address without its password."""
    text = source if isinstance(source, str) else str(getattr(source, "url", source))
    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", text.split("?", 1)[0])


def _first_line(error: Any) -> str:
    """What the driver said, without the statement."""
    text = str(getattr(error, "orig", error)).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__


def _quoted(connection: Any, name: str) -> str:
    """A table's name, `schema.table` or `table`, safe to stand in a statement."""
    parts = name.split(".")
    if not 1 <= len(parts) <= 2 or not all(parts):
        msg = f"table {name!r}; expected table or schema.table"
        raise InputError(msg)
    return ".".join(connection.dialect.identifier_preparer.quote_identifier(p) for p in parts)


def read(
    source: Any,
    *,
    theme: str,
    region: Region | None = None,
    table: str | None = None,
    query: str | None = None,
    params: Mapping[str, Any] | None = None,
    geometry_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    publisher: str | None = None,
    licence: str | None = None,
    date: str | None = None,
    uncertainty_m: float | None = None,
    kind: str | None = None,
    country: str | None = None,
    status: str | None = None,
    geometry_quality: str | None = None,
    geometry: str | None = None,
    keep: Sequence[str] | None = None,
    publish: bool = True,
    countries: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    The features of a table or of a query, as a layer.

    Parameters
    ----------
    source
        An SQLAlchemy engine, or an address `postgresql://user@host:port/database`.
    theme
        The layer's name, as for `vector_files.read`.
    region
        (west, south, east, north) in degrees; the database chooses by its index.
    table
        `table` or `schema.table`.
    query
        A SELECT instead, run read-only; `params` are bound to its `:names`, never pasted.
    geometry_column
        By default the table's only one (of a query `geom`, `geometry` or `wkb_geometry`).
    publisher
        Whose data it is: the `source` of the rows.
    params, columns, licence, date, uncertainty_m, kind, country, status, geometry_quality, geometry, keep, publish, countries
        As for `vector_files.read`.

    Returns
    -------
    GeoDataFrame
        A layer.

    Raises
    ------
    InputError
        Neither a table nor a query, or both; an address that is none.
    ReadError
        No such table or column, a query that fails, a geometry without SRID.
    NetworkError
        The database does not answer.
    MissingExtraError
        SQLAlchemy, psycopg or GeoAlchemy2 is not installed.
    """
    if (table is None) == (query is None):
        msg = "say either table='schema.table' or query='SELECT ...'"
        raise InputError(msg)
    box = None if region is None else check_region(region)
    label = f"{_shown(source)}, {f'table {table}' if table else 'query'}, theme {theme}"
    ledger = Ledger(label)
    stem = (table or theme).split(".")[-1]
    sqlalchemy = _library("sqlalchemy")

    def rows_of(connection: Any, wanted: Region | None, book: Ledger) -> gpd.GeoDataFrame:
        """The rows of a region with the layer's columns."""
        raw = _rows(sqlalchemy, connection, table, query, params or {}, geometry_column, wanted, label, book)
        return mapped(raw, columns or {}, keep, label, stem)

    with _connected(source, read_only=True) as connection:
        try:
            frame = rows_of(connection, box, ledger)
            return as_theme(
                frame, theme=theme, ledger=ledger, region=box, source=publisher, licence=licence, date=date,
                constants=constants_of(uncertainty_m, kind, country, status, geometry_quality), geometry=geometry,
                publish=publish, title=None, attribution=None, countries=countries,
                again=lambda other: rows_of(connection, other, Ledger("")),
            )  # fmt: skip
        except (sqlalchemy.exc.ProgrammingError, sqlalchemy.exc.InternalError, sqlalchemy.exc.DataError,
                sqlalchemy.exc.StatementError) as error:  # fmt: skip
            if isinstance(error, sqlalchemy.exc.OperationalError):
                raise
            msg = f"{label}: {_first_line(error)}"
            raise ReadError(msg) from error


def _rows(
    sqlalchemy: Any, connection: Any, table: str | None, query: str | None, params: Mapping[str, Any],
    column: str | None, region: Region | None, label: str, ledger: Ledger,
) -> gpd.GeoDataFrame:  # fmt: skip
    """The rows of a region in EPSG:4326, numbered in the order in which they came."""
    origin = _quoted(connection, table) if table is not None else f"({str(query).rstrip().rstrip(';')}) AS asked"
    none = f"SELECT * FROM {origin} LIMIT 0"  # noqa: S608  names are quoted, a query is the caller's own
    with connection.execute(sqlalchemy.text(none), dict(params)) as head:
        names = list(head.keys())
        kinds = [d[1] for d in head.cursor.description]
    shape = _geometry_column(sqlalchemy, connection, names, kinds, column, label)
    quoted = connection.dialect.identifier_preparer.quote_identifier(shape)
    first = f"SELECT ST_SRID({quoted}) FROM {origin} WHERE {quoted} IS NOT NULL LIMIT 1"  # noqa: S608  names are quoted
    about = connection.execute(sqlalchemy.text(first), dict(params)).scalar()
    if about is None:
        msg = f"{label}: not one row with a geometry"
        raise ReadError(msg)
    if int(about) == 0:
        msg = f"{label}: the geometry has no SRID; give it one by ST_SetSRID({shape}, 4326) if it is in degrees"
        raise ReadError(msg)
    bound = dict(params)
    where = ""
    if region is not None:
        bound |= dict(
            zip(("geoops_w", "geoops_s", "geoops_e", "geoops_n", "geoops_srid"), (*region, int(about)), strict=True)
        )
        # Segments keep the region's straight edges where the table's projection bends them.
        area = "ST_Segmentize(ST_MakeEnvelope(:geoops_w, :geoops_s, :geoops_e, :geoops_n, 4326), 0.25)"
        where = f" WHERE {quoted} && ST_Transform({area}, :geoops_srid)"
    chosen = f"SELECT * FROM {origin}{where}"  # noqa: S608  values are bound, names quoted, a query is the caller's own
    statement = sqlalchemy.text(chosen).bindparams(**bound).execution_options(stream_results=True)
    frames: list[pd.DataFrame] = []
    with connection.execute(statement) as result:
        for part in result.partitions(_ROWS_A_CHUNK):
            table_part = pd.DataFrame.from_records(part, columns=names, coerce_float=True)
            hexes = [h if isinstance(h, str | bytes) else None for h in table_part[shape]]
            table_part[shape] = from_wkb(
                np.array(hexes, dtype=object), what="the answer of the database", on_invalid="ignore"
            )
            frames.append(table_part)
    if not frames:
        ledger.read += 1  # there are rows, elsewhere
        frames.append(pd.DataFrame({n: pd.Series([], dtype=object) for n in names}))
    whole = pd.concat(frames, ignore_index=True)
    whole.index = pd.RangeIndex(1, len(whole) + 1)
    ledger.read += len(whole) + (region is not None)
    shapes = gpd.GeoSeries(whole[shape], index=whole.index, crs=f"EPSG:{int(about)}")
    frame = gpd.GeoDataFrame(
        whole.drop(columns=[shape, "geometry"], errors="ignore"), geometry=shapes.to_numpy(), crs=shapes.crs
    )
    return frame if frame.crs == WGS84 else frame.to_crs(WGS84)


def _geometry_column(
    sqlalchemy: Any, connection: Any, names: list[str], kinds: list[Any], column: str | None, label: str
) -> str:
    """The column that holds the geometry."""
    if column is not None:
        if column not in names:
            msg = f"{label}: no column {column!r}; there are {', '.join(names)}"
            raise ReadError(msg)
        return column
    geometry = connection.execute(sqlalchemy.text("SELECT 'geometry'::regtype::oid")).scalar()
    found = [n for n, kind in zip(names, kinds, strict=False) if kind == geometry]
    if len(found) != 1:
        trouble = "several geometry columns" if found else "no geometry column"
        msg = f"{label}: {trouble}; there are {', '.join(names)}. Name one with geometry_column=..."
        raise ReadError(msg)
    return str(found[0])


def write(frame: gpd.GeoDataFrame, source: Any, table: str, *, if_exists: str = "fail", index: bool = False) -> int:
    """
    Write features or results to a table, in one transaction, with a spatial index.

    Parameters
    ----------
    frame
        Any GeoDataFrame: a layer, Sites, a proximity table. Lists become texts joined with "; ", further geometry columns
        WKT.
    source
        An SQLAlchemy engine, or an address.
    table
        `table` or `schema.table`; the schema must exist.
    if_exists
        `fail`, `replace` or `append`.
    index
        Whether the index becomes a column.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    WriteError
        The table is there already, or the database refuses; nothing was changed then.
    NetworkError
        The database does not answer.
    """
    if if_exists not in _IF_EXISTS:
        msg = f"if_exists {if_exists!r}; expected one of {', '.join(_IF_EXISTS)}"
        raise InputError(msg)
    _library("geoalchemy2")
    sqlalchemy = _library("sqlalchemy")
    flat = _flat(as_features(frame.reset_index() if index else frame, what="what is to be written"))
    schema, _, name = table.rpartition(".")
    with _connected(source, read_only=False) as connection:
        _quoted(connection, table)
        try:
            there = sqlalchemy.inspect(connection).has_table(name, schema=schema or None)
            if there and if_exists == "fail":
                msg = f"{_shown(source)}: table {table} is there already; say if_exists='replace' or 'append', or another name"
                raise WriteError(msg)
            flat.to_postgis(
                name, connection, schema=schema or None, if_exists=if_exists, index=False, chunksize=_ROWS_A_CHUNK
            )
        except (sqlalchemy.exc.SQLAlchemyError, connection.dialect.dbapi.Error, ValueError) as error:
            if isinstance(error, sqlalchemy.exc.OperationalError):
                raise
            msg = f"{_shown(source)}: table {table} was not written, and nothing changed: {_first_line(error)}"
            raise WriteError(msg) from error
    return len(flat)


def _flat(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with nothing but scalars beside its geometry."""
    if not len(frame.columns) or frame.columns.duplicated().any():
        msg = f"column names stand twice: {', '.join(map(str, frame.columns[frame.columns.duplicated()]))}"
        raise SchemaError(msg)
    for column in frame.columns:
        if column == "geometry":
            continue
        values = frame[column]
        if isinstance(values, gpd.GeoSeries):
            frame[column] = [None if g is None or g.is_empty else g.wkt for g in values]
        elif values.dtype == object:
            frame[column] = [_scalar(v) for v in values]
    return frame


def _scalar(value: Any) -> Any:
    """One value that a column can hold."""
    if isinstance(value, list | tuple | set | np.ndarray):
        return "; ".join(map(str, value))
    if isinstance(value, dict):
        return str(value)
    return None if pd.isna(value) else value
