"""Never comes to an end."""


def review(order):
    while True:
        catalog.price("spam")
