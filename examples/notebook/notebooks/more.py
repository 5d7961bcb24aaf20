# %% the objects are still there, in another process
revenue().most_common(1)

# %% so is the generator
till.send(10)

# %% @discount on the branch too
till.send(10), round(sum(revenue().values()), 2)

# %% @again a fork of what was loaded
orders.clear()
sum(revenue().values())

# %% main is as it was
round(sum(revenue().values()), 2)
