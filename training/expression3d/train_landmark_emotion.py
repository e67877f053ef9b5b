"""Train the network that names an expression from face points alone and ships, on FER2013.

python -m training.fit landmark_emotion --data DATA [--out runs]
python -m training.publish --data DATA --runs runs landmark_emotion

The line `landmark_emotion` of the study's networks, see `train_networks`.
"""

from __future__ import annotations

from training.expression3d import train_networks
from training.recipe_options import run_recipe


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    train_networks.main(arguments, "landmark_emotion")


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
