"""Passes a text where a number is needed."""


def review(order):
    propose(item="ham", percent="ten", reason="a mistake")
