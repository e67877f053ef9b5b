"""Recipes and scripts that make the frozen models. Nothing imports this package."""
