"""The ranking: terms that can be read one by one, weights learned from check-ins."""
