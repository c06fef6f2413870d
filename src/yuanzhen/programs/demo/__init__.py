"""`yuanzhen demo`: a small region around the centre, its main job on real input, and what to click. For show alone."""
