"""OpenGL without a screen: which library draws, and what is missing where none does."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from emopoi.errors import MissingPartError

PLATFORM_VARIABLE = "PYOPENGL_PLATFORM"
"""Environment variable of PyOpenGL, and pyrender: egl, osmesa or unset."""

_LIBRARIES = (("egl", "libEGL.so.1"), ("osmesa", "libOSMesa.so.8"))
_ADVICE = "on Debian or Ubuntu: apt install libegl1 libgl1-mesa-dri libgl1 libglu1-mesa"


def open_offscreen(width_px: int, height_px: int) -> tuple[Any, Any]:
    """Import pyrender and open a renderer that needs no screen.

    On Linux `PYOPENGL_PLATFORM` is set to what is installed where nobody set it: PyOpenGL reads it when it
    is imported, pyrender when a renderer is made.

    Args:
        width_px: of the pictures.
        height_px: of the pictures.

    Returns:
        The module pyrender and an `OffscreenRenderer`.

    Raises:
        MissingPartError: pyrender or OpenGL is not installed, or OpenGL gives no context.
    """
    if PLATFORM_VARIABLE not in os.environ and sys.platform == "linux":
        os.environ[PLATFORM_VARIABLE] = _installed_platform()
    try:
        with _later_interrupt():
            import pyrender
    except (ImportError, AttributeError, OSError) as error:
        name = getattr(error, "name", None)
        if name in ("pyrender", "trimesh"):
            raise MissingPartError(f"drawing heads needs {name}: pip install pyrender trimesh") from error
        raise MissingPartError(f"OpenGL can not be loaded ({_line(error)}); {_ADVICE}") from error
    try:
        return pyrender, pyrender.OffscreenRenderer(width_px, height_px)
    except Exception as error:  # PyOpenGL's errors have no common parent, failed asserts are among them
        platform = os.environ.get(PLATFORM_VARIABLE, "the default")
        raise MissingPartError(
            f"OpenGL ({platform}) gives no context to draw in ({_line(error)}); {_ADVICE}"
        ) from error


@contextmanager
def _later_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back: packages that are imported half-way swallow it and stay broken."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _installed_platform() -> str:
    for platform, library in _LIBRARIES:
        with suppress(OSError):
            ctypes.CDLL(library)
            return platform
    raise MissingPartError(f"drawing heads needs OpenGL without a screen (EGL or OSMesa); {_ADVICE}")


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().split("\n", 1)[0].rstrip(": ")[:200]
