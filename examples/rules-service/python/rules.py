"""What rules are written with."""

from decimal import Decimal


def total(order):
    """What an order costs, in its currency."""
    return sum(Decimal(str(item["price"])) * item["count"] for item in order["items"])


def discount(percent, why):
    return {"discount": percent, "why": why}
