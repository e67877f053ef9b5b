"""From pixels to what the networks read: one function each, shared by training and device."""

from emopoi.preprocess.crop import CropLayout, crop_face, crop_matrix, recrop
from emopoi.preprocess.face_input import InputSpec, face_input, face_to_input

__all__ = ["CropLayout", "InputSpec", "crop_face", "crop_matrix", "face_input", "face_to_input", "recrop"]
