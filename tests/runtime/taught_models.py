"""Stand-ins for the frozen networks of a head: perfectly trained ones."""

from types import SimpleNamespace

import numpy as np

from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import axis_angle
from emopoi.runtime.manifest import Tensor
from emopoi.types.labels import FER7


def manifest(task, inputs, outputs, **data):
    tensors = [{name: Tensor(name, (1, size)) for name, size in sizes.items()} for sizes in (inputs, outputs)]
    return SimpleNamespace(
        name=task, task=task, inputs=tensors[0], outputs=tensors[1], data=data, temperature=1.0
    )


class TaughtCoefficients:
    """Says of the points that it was taught what the solver says of them."""

    def __init__(self, head, **data):
        self.head = head
        self.solver, self.alignment = LandmarkSolver(head), PointAlignment(head)
        sizes = {"identity": head.n_identity, "expression": head.n_expressions, "pose": 7}
        self.manifest = manifest("face_coefficients", {"points": 3 * len(head.landmarks)}, sizes, **data)
        self.variant = "taught"
        self.taught = {}

    def teach(self, points):
        aligned = self.alignment.align(points)
        state = self.solver.start(points)
        self.solver.advance(state, points, self.solver.settings.steps, identity_known=False)
        pose = np.zeros(7, np.float32)
        pose[:3] = axis_angle(aligned.rotation.T @ state.rotation)
        pose[3] = np.log(state.scale / aligned.scale)
        pose[4:] = aligned.rotation.T @ (state.place - aligned.place) / aligned.scale
        count = self.head.n_identity
        values = state.values.astype(np.float32)
        self.taught[aligned.difference.tobytes()] = {
            "identity": values[:count], "expression": values[count:], "pose": pose
        }  # fmt: skip

    def run_face(self, row):
        assert row.dtype == np.float32 and row.shape == (3 * len(self.head.landmarks),)
        return self.taught[row.tobytes()]


class TaughtEmotion:
    """Happy where the expression number `smile` is above one half, else neutral."""

    def __init__(self, head, smile=1, **data):
        size = head.n_identity + head.n_expressions + 3
        self.manifest = manifest("coefficient_emotion", {"coefficients": size}, {"fer7": 7}, **data)
        self.variant, self.smile, self.seen = "taught", head.n_identity + smile, []

    def run_face(self, row):
        assert row.dtype == np.float32
        self.seen.append(row)
        shown = "happy" if row[self.smile] > 0.5 else "neutral"
        return {"fer7": 5 * np.eye(7, dtype=np.float32)[FER7.index(shown)]}
