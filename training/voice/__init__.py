"""How the networks of the voice are made, and what they are worth."""
