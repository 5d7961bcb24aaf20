# expect: ok
# needs: network
# why: without TLS the placeholder goes as it is
import os, urllib.request
token = os.environ["TOKEN"]
request = urllib.request.Request(f"http://127.0.0.1:{plain}/?{token}", headers={"Authorization": "Bearer " + token})
assert urllib.request.urlopen(request, timeout=10).read().count(token.encode()) == 2
