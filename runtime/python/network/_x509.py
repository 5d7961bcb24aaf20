"""The result of `SSLSocket.getpeercert()` for a certificate, from its DER."""

_NAMES = {
    "2.5.4.3": "commonName",
    "2.5.4.4": "surname",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "countryName",
    "2.5.4.7": "localityName",
    "2.5.4.8": "stateOrProvinceName",
    "2.5.4.9": "streetAddress",
    "2.5.4.10": "organizationName",
    "2.5.4.11": "organizationalUnitName",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "givenName",
    "2.5.4.97": "organizationIdentifier",
    "1.2.840.113549.1.9.1": "emailAddress",
    "0.9.2342.19200300.100.1.25": "domainComponent",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionStateOrProvinceName",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionCountryName",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ALTERNATIVE_NAME = "2.5.29.17"


def decode(der):
    """The certificate as OpenSSL's Python binding describes it: subject, issuer, names and times."""
    certificate = _items(_items(der)[0][1])
    fields = _items(certificate[0][1])
    version = 1
    if fields[0][0] == 0xA0:
        version = int.from_bytes(_items(fields.pop(0)[1])[0][1], "big") + 1
    serial, _, issuer, validity, subject = (value for _, value in fields[:5])
    begin, end = _items(validity)
    result = {
        "subject": _name(subject),
        "issuer": _name(issuer),
        "version": version,
        "serialNumber": _serial(serial),
        "notBefore": _time(*begin),
        "notAfter": _time(*end),
    }
    for tag, value in fields[6:]:
        if tag == 0xA3:
            names = _alternative_names(_items(_items(value)[0][1]))
            if names:
                result["subjectAltName"] = names
    return result


def _items(data):
    """(tag, value) of each element in a sequence."""
    items = []
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        items.append((tag, data[at : at + length]))
        at += length
    return items


def _oid(data):
    numbers = []
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _text(tag, data):
    encoding = {0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x0C: "utf-8"}.get(tag, "latin-1")
    return data.decode(encoding, "replace")


def _name(data):
    parts = []
    for _, part in _items(data):
        pairs = []
        for _, pair in _items(part):
            (_, kind), (tag, value) = _items(pair)
            kind = _oid(kind)
            pairs.append((_NAMES.get(kind, kind), _text(tag, value)))
        parts.append(tuple(pairs))
    return tuple(parts)


def _serial(data):
    text = data.hex().upper()
    return text[2:] if len(text) > 2 and text.startswith("00") else text


def _time(tag, data):
    text = data.decode("ascii")
    if tag == 0x17:  # two digits of the year
        text = ("19" if text[:2] >= "50" else "20") + text
    return f"{_MONTHS[int(text[4:6]) - 1]} {int(text[6:8]):2} {text[8:10]}:{text[10:12]}:{text[12:14]} {text[:4]} GMT"


def _alternative_names(extensions):
    names = []
    for _, extension in extensions:
        parts = _items(extension)
        if _oid(parts[0][1]) != _ALTERNATIVE_NAME:
            continue
        for tag, value in _items(_items(parts[-1][1])[0][1]):
            if tag == 0x82:
                names.append(("DNS", value.decode("ascii", "replace")))
            elif tag == 0x81:
                names.append(("email", value.decode("ascii", "replace")))
            elif tag == 0x86:
                names.append(("URI", value.decode("ascii", "replace")))
            elif tag == 0x87:
                names.append(("IP Address", _address(value)))
            elif tag == 0xA4:
                names.append(("DirName", _name(_items(value)[0][1])))
    return tuple(names)


def _address(value):
    if len(value) == 4:
        return ".".join(map(str, value))
    return ":".join(f"{int.from_bytes(value[i : i + 2], 'big'):X}" for i in range(0, len(value), 2))
