"""How the head, its solver's networks and their figures are made."""
