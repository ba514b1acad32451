"""FormOfNode (INSPIRE) of a node that loses or gets links."""

from __future__ import annotations

__all__ = ["ORDINARY_FORMS", "form_of_node"]

_BY_DEGREE = {1: "railwayEnd", 2: "pseudoNode"}
_JUNCTION = "junction"
ORDINARY_FORMS = frozenset({*_BY_DEGREE.values(), _JUNCTION})
"""Forms that follow from the number of links; others, such as ``levelCrossing``, do not."""


def form_of_node(form: str, degree: int) -> str:
    """Return the form of a node that has now `degree` ends of links.

    Parameters
    ----------
    form
        Its form before; one that is not of `ORDINARY_FORMS` stays.
    degree
        Number of ends of links at it; with 0 the form stays.

    Examples
    --------
    >>> form_of_node("junction", 2), form_of_node("levelCrossing", 1)
    ('pseudoNode', 'levelCrossing')
    """
    if degree < 1 or form not in ORDINARY_FORMS:
        return form
    return _BY_DEGREE.get(degree, _JUNCTION)
