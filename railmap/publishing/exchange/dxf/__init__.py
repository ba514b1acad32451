"""DXF for CAD: rails, alignment elements, blocks with attributes; extra ``export``."""
