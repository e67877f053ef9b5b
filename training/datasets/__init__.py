"""Collections in their official layout: each is read in a file of its own and written in our columns."""
