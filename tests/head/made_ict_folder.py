"""A folder FaceXModel as ICT-FaceKit has it, written from the arrays of the data folder."""

import json

import numpy as np

LEFT_OUT = 26719 - 24591
"""Vertices of the real files (tears, lashes) that the data folder does not have."""


def read_arrays(data_dir):
    """Both parts of the mesh in one: template, quads, uv, identity, expressions, names, landmarks."""
    folder = data_dir / "ict_facekit"
    with np.load(folder / "ict_skin_f16.npz") as skin, np.load(folder / "ict_mouth_eyes_f16.npz") as inner:
        return {
            "template": np.concatenate([skin["v_template"], inner["v_template"]]).astype(np.float64),
            "quads": np.concatenate(
                [skin["quads"], np.where(inner["quads"] < 0, -1, inner["quads"] + 14062)]
            ),
            "triangles": np.concatenate([skin["triangles"], inner["triangles"] + 14062]),
            "uv": np.concatenate([skin["uv"], inner["uv"]]),
            "quads_uv": np.concatenate(
                [skin["quads_uv"], np.where(inner["quads_uv"] < 0, -1, inner["quads_uv"] + len(skin["uv"]))]
            ),
            "identity": np.concatenate([skin["identity_deltas"], inner["identity_deltas"]], axis=1),
            "expressions": np.concatenate([skin["expression_deltas"], inner["expression_deltas"]], axis=1),
            "names": [str(name) for name in skin["expression_names"]],
            "landmarks": skin["landmarks_68"],
        }


def write_folder(folder, arrays, modes):
    """Write neutral mesh, `modes` identities, all expressions and vertex_indices.json."""
    folder.mkdir()
    template = arrays["template"]
    lashes = np.zeros((LEFT_OUT, 3))
    quads = [
        "f "
        + " ".join(f"{vertex + 1}/{place + 1}" for vertex, place in zip(*corners, strict=True) if vertex >= 0)
        for corners in zip(arrays["quads"].tolist(), arrays["quads_uv"].tolist(), strict=True)
    ]
    first = len(template) + 1
    quads.append(f"f {first}/1 {first + 1}/2 {first + 2}/3")
    places = "\n".join(f"vt {u:.6f} {v:.6f}" for u, v in arrays["uv"])
    _write_obj(folder / "generic_neutral_mesh.obj", np.concatenate([template, lashes]), [places, *quads])
    for mode in range(modes):
        moved = np.concatenate([template + arrays["identity"][mode], lashes])
        _write_obj(folder / f"identity{mode:03d}.obj", moved)
    for name, delta in zip(arrays["names"], arrays["expressions"], strict=True):
        _write_obj(folder / f"{name}.obj", np.concatenate([template + delta, lashes]))
    described = {"expressions": arrays["names"][:53], "idx_to_landmark_verts": arrays["landmarks"].tolist()}
    (folder / "vertex_indices.json").write_text(json.dumps(described))
    return folder


def _write_obj(path, vertices, rest=()):
    lines = ("v %.6f %.6f %.6f\n" * len(vertices)) % tuple(vertices.ravel())
    path.write_text("mtllib ICTFaceModelMaterial.mtl\n" + lines + "\n".join(rest) + "\n")
