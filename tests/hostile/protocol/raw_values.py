# expect: ok or raises TypeError, ValueError, AttributeError, RuntimeError, UnicodeEncodeError, SystemError or ends crash
# needs: eryx
# spoils: session
# why: answers that the bootstrap never gives: no text, tuples that are too short, no texts in them
import eryx._session
n = 0
answers = [5, (), ("a",), ("a", "b"), ("a", 5, None), ["a", "b", "c"], ("a" * 1_000_000, "\ud800", ""), b"x", object()]
def to_json(value):
    return answers[value]
eryx._session.to_json = to_json
6
