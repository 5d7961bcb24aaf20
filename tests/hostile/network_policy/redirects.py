# expect: ok
# needs: network
# why: a redirect is another connection, and asked about like any other
import http.server, urllib.request, urllib.error
class Handler(urllib.request.HTTPRedirectHandler):
    pass
opener = urllib.request.build_opener(Handler)
for target in (f"http://127.0.0.1:{forbidden}/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", f"http://user@127.0.0.1:{plain}@127.0.0.1:{forbidden}/", f"http://127.0.0.1:{plain}#@127.0.0.1:{forbidden}/", f"http://127.0.0.1:{forbidden}\\@127.0.0.1:{plain}/"):
    request = urllib.request.Request(f"http://127.0.0.1:{plain}/")
    try:
        new = Handler().redirect_request(request, None, 302, "Found", {}, target)
        answer = opener.open(new, timeout=2).read()
        assert f":{plain}".encode() in answer and b"GET /" in answer, (target, answer)
    except (OSError, ValueError, urllib.error.URLError):
        pass
