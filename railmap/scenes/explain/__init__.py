"""Why a network chose a scene: the equations and figures of the scene paper."""
