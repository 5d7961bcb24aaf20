# expect: ok
# needs: network
# spoils: session
# why: variables that name a proxy only name another address to connect to
import os, urllib.request, urllib.error
os.environ["http_proxy"] = f"http://127.0.0.1:{forbidden}"
os.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{forbidden}"
for url in ("http://example.com/", "https://example.com/", f"http://127.0.0.1:{plain}/"):
    try:
        urllib.request.urlopen(url, timeout=2).read()
        raise AssertionError(url)
    except (OSError, urllib.error.URLError):
        pass
