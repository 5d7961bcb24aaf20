"""A discount for large amounts."""


def review(order):
    for line in order["lines"]:
        if line["count"] * catalog.price(line["item"]) >= 20_000:
            propose(line["item"], 10, reason="more than 200.00 of one thing")
