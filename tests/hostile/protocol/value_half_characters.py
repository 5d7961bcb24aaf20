# expect: ok
# why: keys and texts that are no Unicode
{"\ud800": "\udfff", "x": "\x00"}
