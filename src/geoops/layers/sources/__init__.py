"""One module a source: each turns the files of one publisher into features or grids of the layer contract.

A source module reads what it is given and returns tables; it neither downloads nor writes.
"""
