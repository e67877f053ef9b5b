"""Where the training pictures have eyes and mouth, as `crop_face` has to put them there.

Measured by `training.measure_layouts` on public_test and valid.
"""

from emopoi.preprocess import CropLayout

FER2013 = CropLayout(eyes_y=0.389, mouth_y=0.781, eye_distance=0.379)
UTKFACE = CropLayout(eyes_y=0.296, mouth_y=0.721, eye_distance=0.403)
