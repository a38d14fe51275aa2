"""Music files and pictures: `tags` reads them, `formats` names them, `artwork` serves covers.

Nothing is imported here: the parsers cost 100 ms to load, and most of the server needs only `formats`.
"""
