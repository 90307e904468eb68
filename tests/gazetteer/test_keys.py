"""Keys on disk in parts: a look-up decodes the parts that its hash may lie in, and finds what a search through all would."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from geoops.core.reading import open_parquet
from geoops.gazetteer import build_gazetteer, store
from geoops.gazetteer.keys import Keys
from geoops.gazetteer.records import open_gazetteer

hashes = st.lists(st.integers(0, 30) | st.integers(0, 2**32 - 1), max_size=60).map(sorted)


def _written(folder, codes, rows):
    """A file of keys whose entries are the positions of their hashes."""
    table = pa.table({"hash": pa.array(codes, pa.int64()), "entry": pa.array(range(len(codes)), pa.int32())})
    pq.write_table(table, folder / "keys.parquet", row_group_size=rows, write_statistics=["hash"])
    return Keys(open_parquet(folder / "keys.parquet"))


@settings(deadline=None, max_examples=150)
@given(hashes, st.integers(1, 20), st.lists(st.integers(0, 31) | st.integers(0, 2**32 - 1), max_size=12))
def test_what_is_found_part_by_part_is_what_stands_in_the_whole(tmp_path_factory, codes, rows, asked):
    folder = tmp_path_factory.mktemp("keys")
    wanted = [*asked, *codes[::7]]
    expected = {code: [at for at, held in enumerate(codes) if held == code] for code in wanted}
    one_by_one = _written(folder, codes, rows)
    assert {code: one_by_one.under(code).tolist() for code in wanted} == expected
    together = _written(folder, codes, rows)
    low, high = together.find(np.array(wanted, dtype=np.uint32))
    assert {code: together.between(*place).tolist() for code, *place in zip(wanted, low, high, strict=True)} == expected
    assert together.hashes.tolist() == codes
    assert together.owners.tolist() == list(range(len(codes)))


def test_a_look_up_reads_the_part_that_holds_it_and_once(tmp_path, monkeypatch):
    read = []
    keys = _written(tmp_path, range(0, 1000, 2), 50)
    whole = keys._file.read_row_group
    monkeypatch.setattr(keys, "_file", type("File", (), {"read_row_group": staticmethod(lambda part, **how: read.append(part) or whole(part, **how))}))  # fmt: skip
    assert keys.under(210).tolist() == [105]
    assert keys.under(211).tolist() == []
    assert read == [2]
    assert keys.under(300).tolist() == [150]  # the first of a part: the one before might end in it
    assert read == [2, 3]
    keys.find(np.array([205, 999], dtype=np.uint32))
    assert read == [2, 3, 9]


def test_opening_decodes_no_key_and_a_name_only_a_few(small_world, tmp_path, monkeypatch):
    whole = open_gazetteer(small_world).keys
    monkeypatch.setattr(store, "KEYS_IN_PART", 16)
    files = build_gazetteer(small_world, tmp_path)
    keys = Keys(open_parquet(files[0]))
    parts = pq.read_metadata(files[0]).num_row_groups
    assert parts == len(keys._missing) == -(-len(whole.hashes) // 16) > 10
    code = store.key_hash("kIrkUk")
    assert keys.under(code).tolist() == whole.under(code).tolist() != []
    assert len(keys._missing) >= parts - 2
    assert keys.hashes.tolist() == whole.hashes.tolist()
    assert keys.owners.tolist() == whole.owners.tolist()


def test_a_file_without_parts_or_without_what_it_says_of_them_is_read_whole(tmp_path):
    table = pa.table({"hash": pa.array([3, 3, 7], pa.int64()), "entry": pa.array([5, 6, 4], pa.int32())})
    for rows in (10, 2, 1):
        pq.write_table(table, tmp_path / "keys.parquet", row_group_size=rows, write_statistics=False)
        assert Keys(open_parquet(tmp_path / "keys.parquet")).under(3).tolist() == [5, 6]
        assert Keys(open_parquet(tmp_path / "keys.parquet")).find(np.array([3, 4], dtype=np.uint32))[1].tolist() == [
            2,
            2,
        ]
    pq.write_table(table.slice(0, 0), tmp_path / "none.parquet")
    assert Keys(open_parquet(tmp_path / "none.parquet")).under(3).tolist() == []
    assert len(Keys(open_parquet(tmp_path / "none.parquet")).hashes) == 0
