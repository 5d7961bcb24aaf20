"""Loops forever."""


def review(order):
    while True:
        catalog.price("spam")
