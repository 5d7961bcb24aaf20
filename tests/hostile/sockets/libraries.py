# expect: ok
# why: the library's clients must all end in the same refusal
import ftplib, http.client, imaplib, poplib, smtplib, socketserver, urllib.request, xmlrpc.client
done = []
for function in (
    lambda: urllib.request.urlopen("http://127.0.0.1/", timeout=2), lambda: urllib.request.urlopen("https://127.0.0.1/", timeout=2),
    lambda: urllib.request.urlopen("file:///etc/passwd").read(), lambda: urllib.request.urlopen("file://" + canary).read(),
    lambda: urllib.request.urlopen("ftp://127.0.0.1/x", timeout=2), lambda: http.client.HTTPConnection("127.0.0.1", timeout=2).request("GET", "/"),
    lambda: smtplib.SMTP("127.0.0.1", timeout=2), lambda: ftplib.FTP("127.0.0.1", timeout=2), lambda: imaplib.IMAP4("127.0.0.1"),
    lambda: poplib.POP3("127.0.0.1", timeout=2), lambda: xmlrpc.client.ServerProxy("http://127.0.0.1/").a(),
    lambda: socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler),
):
    try:
        done.append(function())
    except OSError:
        pass
assert not done, done
