"""Getting what is wanted from sources outside: one download for each thing, however many people want it.

A download has a row, a job and a folder in the staging of the managed library. The row outlives the job, and
the folder outlives attempts, so that what was got so far is not got again. Nothing lies in the library before
it is whole.
"""
