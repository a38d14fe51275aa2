"""The way into managed storage: staged, taken into the catalogue, put in place. Killed anywhere, it goes on.

A file is copied to a staging folder below the library's root and brought to the disk. One transaction takes
it into the catalogue as lying there (committing); only then is it given its place, and the row follows
(present). So a row always names a file that can be played, a file without a row is only ever in a staging
folder, and a row that points there says what is left to be done.
"""
