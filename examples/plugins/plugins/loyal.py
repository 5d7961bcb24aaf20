"""A discount for customers who bought a lot before. Queries all items at the same time."""

import asyncio


async def counts(order):
    items = [line["item"] for line in order["lines"]]
    bought = await asyncio.gather(*(customers.bought(order["customer"], item=item) for item in items))
    return dict(zip(items, bought))


def review(order):
    for item, count in asyncio.run(counts(order)).items():
        if count >= 1000:
            propose(item=item, percent=5, reason=f"the {count + 1}th", combines=True)
