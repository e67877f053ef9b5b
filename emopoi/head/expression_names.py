"""What a head's expressions are called in files."""

from __future__ import annotations

from emopoi.head.head_model import HeadModel


def expression_names(head: HeadModel) -> tuple[str, ...]:
    """The head's own names, or `expression_000` and so on where it has none (FLAME's components)."""
    return head.expression_names or tuple(f"expression_{number:03}" for number in range(head.n_expressions))
