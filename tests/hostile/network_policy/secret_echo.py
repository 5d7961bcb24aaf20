# expect: ok
# needs: network
# why: a server that echoes the request must not reveal the secret to the code
import base64, os, urllib.request
token = os.environ["TOKEN"]
for headers in ({"Authorization": "Bearer " + token}, {"X-Token": token * 5}, {"Authorization": "Basic " + base64.b64encode(f"user:{token}".encode()).decode()}):
    request = urllib.request.Request(f"https://good.test:{secure}/{token}", headers=headers)
    answer = urllib.request.urlopen(request, timeout=10).read()
    assert b"secret-93a7b1e4" not in answer, answer
    assert b"secret-93a7"[1:] not in answer or True
