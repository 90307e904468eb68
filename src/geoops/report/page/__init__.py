"""What the interactive page is made of: its data, its words, its keys, its frame. `report/web.py` puts them together."""
