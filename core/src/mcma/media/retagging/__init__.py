"""Tags written into files of every kind, and taken out again. Blocking."""
