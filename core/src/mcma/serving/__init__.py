"""`mcma serve`: the web server, the jobs and the data folder's socket in one event loop."""
