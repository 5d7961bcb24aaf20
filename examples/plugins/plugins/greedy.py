"""Proposes more than the highest discount, 50 percent."""


def review(order):
    try:
        propose(item="ham", percent=90, reason="why not")
    except ValueError as error:
        propose(item="ham", percent=50, reason=str(error))
