# %% the orders of a week
import collections
import csv
import statistics

ORDERS = """\
day,item,price,count
Mon,spam,2.50,12
Mon,eggs,0.40,60
Tue,spam,2.50,8
Wed,ham,4.00,5
Thu,eggs,0.40,90
Fri,spam,2.50,20
Fri,ham,4.00,9
"""
orders = [
    row | {"price": float(row["price"]), "count": int(row["count"])}
    for row in csv.DictReader(ORDERS.splitlines())
]
len(orders)

# %% revenue by item
import tabulate

def revenue():
    totals = collections.Counter()
    for order in orders:
        totals[order["item"]] += order["price"] * order["count"]
    return totals

print(tabulate.tabulate(sorted(revenue().items()), headers=["item", "revenue"], floatfmt=".2f"))
round(sum(revenue().values()), 2)

# %% something that no pickle holds
def running_total():
    total = 0
    while True:
        total += (yield total) or 0

till = running_total()
next(till)
till.send(100)

# %% @discount what if spam were a fifth cheaper and sold half as much again?
for order in orders:
    if order["item"] == "spam":
        order["price"] *= 0.8
        order["count"] = round(order["count"] * 1.5)
round(sum(revenue().values()), 2)

# %% @discount the till of the branch
till.send(5)

# %% @no-eggs what if there were no eggs?
orders[:] = [order for order in orders if order["item"] != "eggs"]
round(sum(revenue().values()), 2)

# %% main has heard of nothing
print(round(statistics.mean(order["count"] for order in orders), 2))
round(sum(revenue().values()), 2), till.send(1)

# %% errors are part of a notebook
orders[100]

# %% and it goes on
len(orders)
