"""Artists, albums and labels as things of their own, beyond what single tracks say of them."""
