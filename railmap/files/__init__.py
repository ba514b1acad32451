"""Check input files, write outputs atomically, read photos and vector files."""
