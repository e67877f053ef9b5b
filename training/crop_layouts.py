"""Where the training pictures have eyes and mouth, as `crop_face` has to put them there.

Measured by `training.measure_layouts` on public_test and valid.
"""

from emopoi.preprocess import CropLayout

FER2013 = CropLayout(eyes_y=0.389, mouth_y=0.781, eye_distance=0.379)
UTKFACE = CropLayout(eyes_y=0.296, mouth_y=0.721, eye_distance=0.403)
DAISEE = CropLayout(eyes_y=0.404, mouth_y=0.785, eye_distance=0.343)
"""Where DAiSEE's 72x96 pictures, made square with `squared`, have eyes and mouth: medians over train.

Found with BlazeFace. Their eye distance over the distance from eyes to mouth is 0.90 where an
average head's is 0.92: the stretching did next to nothing, so none is undone."""
