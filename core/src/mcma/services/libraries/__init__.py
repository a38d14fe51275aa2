"""The folders that music lies in: added, scanned, watched, and who may see them."""
