# expect: ok
# why: identifiers that are normalised to the names of functions of the host and of built-ins
ｐｒｉｎｔ("x")
𝐨𝐩𝐞𝐧 = 5
assert open == 5
