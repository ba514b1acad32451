"""Default size of the chunks in which a raster is traced; imports nothing, for quick start-up."""

__all__ = ["CHUNK"]

CHUNK = 2048
"""Side of a chunk, pixels.

With the first halo of 126 px, 21 % of the pixels that are read are halo. Smaller chunks have a
larger share; a larger chunk takes more memory in each thread (this one: 5 MB of probability).
"""
