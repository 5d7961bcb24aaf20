"""Has not read that a discount is 50 percent at most."""


def review(order):
    try:
        propose(item="ham", percent=90, reason="why not")
    except ValueError as error:
        propose(item="ham", percent=50, reason=str(error))
